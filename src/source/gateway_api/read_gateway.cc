// gateway.networking.k8s.io GatewayClass, Gateway, ListenerSet, ReferenceGrant, TLSRoute, TCPRoute.
#include <fmt/format.h>

#include <set>

#include "source/gateway_api/read.h"
#include "source/gateway_api/read_parts.h"

namespace amime::source::gateway_api {
namespace {

void read_listeners(SpecReader& spec, std::vector<Listener>& out) {
  std::set<std::string> names;
  spec.each("listeners", [&](SpecReader& listener) {
    read_listener(listener, out.emplace_back());
    if (!names.insert(out.back().name).second) listener.error("name", fmt::format("\"{}\" stands twice", out.back().name));
  });
}

std::optional<ClientValidation> read_validation(SpecReader& tls) {
  std::optional<ClientValidation> out;
  tls.in("validation", [&](SpecReader& validation) {
    out.emplace();
    validation.each("caCertificateRefs", [&](SpecReader& item) { read_reference(item, out->authorities.emplace_back()); });
    std::string mode;
    validation.one_of("mode", mode, {"AllowValidOnly", "AllowInsecureFallback"});
    out->insecure = mode == "AllowInsecureFallback";
    if (out->authorities.empty()) validation.error("caCertificateRefs", "is required");
  });
  return out;
}

void read_gateway_tls(SpecReader& tls, GatewaySpec& out) {
  tls.in("frontend", [&](SpecReader& frontend) {
    frontend.in("default", [&](SpecReader& all) { out.clients = read_validation(all); });
    frontend.each("perPort", [&](SpecReader& item) {
      std::uint32_t port = 0;
      item.port("port", port);
      if (port == 0) item.error("port", "is required");
      std::optional<ClientValidation> clients;
      item.in("tls", [&](SpecReader& one) { clients = read_validation(one); });
      if (!out.by_port.emplace(port, std::move(clients)).second) item.error("port", fmt::format("{} stands twice", port));
    });
  });
  tls.ignored("backend", "Gateways show no certificate to backends");
}

void read_address(SpecReader& address, GatewaySpec& out) {
  GatewayAddress one{"IPAddress", ""};
  address.read("type", one.type);
  address.read("value", one.value);
  out.addresses.push_back(std::move(one));
}

Reference read_grant_end(SpecReader& item, bool from) {
  Reference out;
  item.read("group", out.group);
  if (!item.has("group")) item.error("group", "is required (\"\" is the core group)");
  item.required("kind", out.kind);
  if (from)
    item.required("namespace", out.ns);
  else
    item.read("name", out.name);
  return out;
}

void read_backend_validation(SpecReader& reader, BackendTlsSpec& out) {
  std::string known;
  reader.one_of("wellKnownCACertificates", known, {"System"});
  reader.each("caCertificateRefs", [&](SpecReader& item) { read_reference(item, out.authorities.emplace_back(), false); });
  if (out.authorities.size() > 1) reader.warn("caCertificateRefs", "only the first is used");
  if ((known == "System") != out.authorities.empty()) reader.error("one of caCertificateRefs and wellKnownCACertificates is required");
  reader.required("hostname", out.hostname);
  check_hostname(reader, "hostname", out.hostname, false);
  reader.each("subjectAltNames", [&](SpecReader& item) {
    std::string type;
    item.one_of("type", type, {"Hostname", "URI"});
    if (!item.has("type")) item.error("type", "is required");
    item.required(type == "URI" ? "uri" : "hostname", out.names.emplace_back());
  });
}

mesh::Payload read_l4_route(FieldReader& object, bool hostnames) {
  return read_object_with<L4RouteSpec>(object, [&](SpecReader& spec, L4RouteSpec& out) {
    read_parents(spec, out);
    if (hostnames) read_hostnames(spec, out);
    spec.each("rules", [&](SpecReader& rule) {
      rule.has("name");
      read_plain_backends(rule, out.rules.emplace_back());
    });
    if (out.rules.empty()) spec.error("rules", "is required");
  });
}

}  // namespace

mesh::Payload read_gateway_class(FieldReader& object) {
  return read_object_with<GatewayClassSpec>(object, [](SpecReader& spec, GatewayClassSpec& out) {
    spec.required("controllerName", out.controller);
    spec.has("description");
    spec.ignored("parametersRef", "nothing is deployed for Gateways");
  });
}

mesh::Payload read_gateway(FieldReader& object) {
  return read_object_with<GatewaySpec>(object, [](SpecReader& spec, GatewaySpec& out) {
    spec.required("gatewayClassName", out.class_name);
    read_listeners(spec, out.listeners);
    spec.each("addresses", [&](SpecReader& address) { read_address(address, out); });
    out.listener_sets.from = From::kNone;
    spec.in("allowedListeners", [&](SpecReader& allowed) { read_allowed_namespaces(allowed, out.listener_sets, false); });
    spec.in("tls", [&](SpecReader& tls) { read_gateway_tls(tls, out); });
    spec.ignored("infrastructure", "nothing is deployed for Gateways");
    spec.ignored("defaultScope", "a route names its Gateways");
  });
}

mesh::Payload read_listener_set(FieldReader& object) {
  return read_object_with<ListenerSetSpec>(object, [](SpecReader& spec, ListenerSetSpec& out) {
    spec.in("parentRef", [&](SpecReader& parent) { out.parent = read_parent(parent); });
    if (!spec.has("parentRef")) spec.error("parentRef", "is required");
    read_listeners(spec, out.listeners);
  });
}

mesh::Payload read_reference_grant(FieldReader& object) {
  return read_object_with<GrantSpec>(object, [](SpecReader& spec, GrantSpec& out) {
    spec.each("from", [&](SpecReader& item) { out.from.push_back(read_grant_end(item, true)); });
    spec.each("to", [&](SpecReader& item) { out.to.push_back(read_grant_end(item, false)); });
    if (out.from.empty()) spec.error("from", "is required");
    if (out.to.empty()) spec.error("to", "is required");
  });
}

mesh::Payload read_backend_tls_policy(FieldReader& object) {
  return read_object_with<BackendTlsSpec>(object, [](SpecReader& spec, BackendTlsSpec& out) {
    spec.each("targetRefs", [&](SpecReader& item) {
      PolicyTarget& one = out.targets.emplace_back();
      read_reference(item, one.to, false);
      item.read("sectionName", one.section);
    });
    if (out.targets.empty()) spec.error("targetRefs", "is required");
    spec.in("validation", [&](SpecReader& validation) { read_backend_validation(validation, out); });
    if (!spec.has("validation")) spec.error("validation", "is required");
    spec.ignored("options", "none is known");
  });
}

mesh::Payload read_tls_route(FieldReader& object) { return read_l4_route(object, true); }
mesh::Payload read_tcp_route(FieldReader& object) { return read_l4_route(object, false); }

}  // namespace amime::source::gateway_api
