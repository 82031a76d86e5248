#include "source/gateway_api/read_parts.h"

#include <fmt/format.h>

#include "source/names.h"

namespace amime::source::gateway_api {

void check_hostname(SpecReader& reader, const char* field, const std::string& hostname, bool wildcard) {
  if (hostname.empty()) return;
  const bool starred = hostname.starts_with("*.");
  if (is_ip(hostname)) return reader.error(field, fmt::format("\"{}\" is an address, not a host name", hostname));
  if ((starred && !wildcard) || !is_dns_name(starred ? hostname.substr(2) : hostname))
    reader.error(field,
                 fmt::format("\"{}\" is not a host name ({}a-z, 0-9, - and .)", hostname, wildcard ? "perhaps with *. in front; " : ""));
}

void read_reference(SpecReader& reader, Reference& out, bool with_namespace) {
  reader.read("group", out.group);
  reader.read("kind", out.kind);
  reader.required("name", out.name);
  if (with_namespace) reader.read("namespace", out.ns);
}

void read_selector(SpecReader& reader, mesh::LabelSelector& out) {
  reader.read("matchLabels", out.labels);
  reader.each("matchExpressions", [&](SpecReader& item) {
    mesh::LabelSelector::Requirement one;
    item.required("key", one.key);
    item.one_of("operator", one.op, {"In", "NotIn", "Exists", "DoesNotExist"});
    if (one.op.empty()) item.error("operator", "is required");
    item.read("values", one.values);
    if (mesh::operator_has_values(one.op) == one.values.empty())
      item.error("values", one.values.empty() ? "is required for In and NotIn" : "has no meaning for Exists and DoesNotExist");
    out.requirements.push_back(std::move(one));
  });
}

void read_allowed_namespaces(SpecReader& reader, AllowedNamespaces& out, bool routes) {
  reader.in("namespaces", [&](SpecReader& namespaces) {
    std::string from = routes ? "Same" : "None";
    namespaces.one_of("from", from, {"All", "Selector", "Same", "None"});
    out.from = from == "All" ? From::kAll : from == "Selector" ? From::kSelector : from == "None" ? From::kNone : From::kSame;
    namespaces.in("selector", [&](SpecReader& selector) { read_selector(selector, out.selector); });
    if (out.from == From::kSelector && !namespaces.has("selector")) namespaces.error("selector", "is required for from: Selector");
  });
}

namespace {

void read_listener_tls(SpecReader& reader, Listener& out) {
  auto& tls = out.tls.emplace();
  std::string mode = "Terminate";
  reader.one_of("mode", mode, {"Terminate", "Passthrough"});
  tls.passthrough = mode == "Passthrough";
  reader.each("certificateRefs", [&](SpecReader& item) {
    Reference one{"", "Secret", "", ""};
    read_reference(item, one);
    tls.certificates.push_back(std::move(one));
  });
  reader.read("options", tls.options);
  if (!tls.passthrough && tls.certificates.empty() && tls.options.empty())
    reader.error("certificateRefs", "is required for mode Terminate");
}

}  // namespace

void read_listener(SpecReader& reader, Listener& out) {
  reader.required("name", out.name);
  reader.read("hostname", out.hostname);
  check_hostname(reader, "hostname", out.hostname, true);
  reader.required("protocol", out.protocol);
  reader.port("port", out.port);
  if (out.port == 0) reader.error("port", "is required");
  reader.in("tls", [&](SpecReader& tls) { read_listener_tls(tls, out); });
  if (out.tls && (out.protocol == "HTTP" || out.protocol == "TCP" || out.protocol == "UDP"))
    reader.error("tls", fmt::format("has no meaning for protocol {}", out.protocol));
  if (out.protocol == "HTTPS" && out.tls && out.tls->passthrough) reader.error("tls", "mode Passthrough is for protocol TLS");
  reader.in("allowedRoutes", [&](SpecReader& allowed) {
    read_allowed_namespaces(allowed, out.namespaces, true);
    allowed.each("kinds", [&](SpecReader& item) {
      Reference kind{kGroup, "", "", ""};
      item.read("group", kind.group);
      item.required("kind", kind.kind);
      out.kinds.push_back(std::move(kind));
    });
  });
}

ParentRef read_parent(SpecReader& reader) {
  ParentRef out{{kGroup, "Gateway", "", ""}, "", 0};
  read_reference(reader, out.to);
  reader.read("sectionName", out.section);
  reader.port("port", out.port);
  return out;
}

void read_parents(SpecReader& spec, RouteSpec& out) {
  spec.each("parentRefs", [&](SpecReader& item) { out.parents.push_back(read_parent(item)); });
  spec.ignored("useDefaultGateways", "a route names its Gateways");
}

void read_hostnames(SpecReader& spec, RouteSpec& out) {
  spec.read("hostnames", out.hostnames);
  for (const auto& hostname : out.hostnames) check_hostname(spec, "hostnames", hostname, true);
}

}  // namespace amime::source::gateway_api
