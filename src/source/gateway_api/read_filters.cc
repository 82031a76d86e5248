// Filters and backends of HTTPRoutes and GRPCRoutes.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "source/checks.h"
#include "source/gateway_api/read_parts.h"

namespace amime::source::gateway_api {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void check_header_name(SpecReader& reader, const char* field, const std::string& name) {
  if (!is_header_name(name)) reader.error(field, fmt::format("\"{}\" is not a header's name", name));
}

// Of entries of one name the first counts.
void read_pairs(SpecReader& reader, const char* field, Pairs& out) {
  reader.each(field, [&](SpecReader& item) {
    std::pair<std::string, std::string> one;
    item.required("name", one.first);
    item.read("value", one.second);
    check_header_name(item, "name", one.first);
    const bool control =
        std::any_of(one.second.begin(), one.second.end(), [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
    if (control) item.error("value", "has characters that a header cannot have");
    std::transform(one.first.begin(), one.first.end(), one.first.begin(), [](unsigned char c) { return std::tolower(c); });
    if (std::none_of(out.begin(), out.end(), [&](const auto& other) { return other.first == one.first; })) out.push_back(std::move(one));
  });
}

HeaderOperations read_headers(SpecReader& reader) {
  HeaderOperations out;
  read_pairs(reader, "set", out.set);
  read_pairs(reader, "add", out.add);
  reader.read("remove", out.remove);
  for (const auto& name : out.remove) check_header_name(reader, "remove", name);
  return out;
}

std::optional<PathModifier> read_path_modifier(SpecReader& owner) {
  std::optional<PathModifier> out;
  owner.in("path", [&](SpecReader& path) {
    std::string type;
    path.one_of("type", type, {"ReplaceFullPath", "ReplacePrefixMatch"});
    if (type.empty()) path.error("type", "is required");
    out.emplace().whole = type == "ReplaceFullPath";
    const char* field = out->whole ? "replaceFullPath" : "replacePrefixMatch";
    path.read(field, out->value);
    if (!path.has(field)) path.error(field, fmt::format("is required for type {}", type));
  });
  return out;
}

Redirect read_redirect(SpecReader& reader) {
  Redirect out;
  reader.one_of("scheme", out.scheme, {"http", "https"});
  reader.read("hostname", out.hostname);
  check_hostname(reader, "hostname", out.hostname, false);
  out.path = read_path_modifier(reader);
  reader.port("port", out.port);
  if (reader.has("statusCode")) {
    reader.number("statusCode", out.code, 300, 399);
    const std::set<std::uint32_t> known = {301, 302, 303, 307, 308};
    if (!known.contains(out.code)) reader.error("statusCode", "must be 301, 302, 303, 307 or 308");
  }
  return out;
}

Rewrite read_rewrite(SpecReader& reader) {
  Rewrite out;
  reader.read("hostname", out.hostname);
  check_hostname(reader, "hostname", out.hostname, false);
  out.path = read_path_modifier(reader);
  return out;
}

Mirror read_mirror(SpecReader& reader) {
  Mirror out;
  if (!reader.has("backendRef")) reader.error("backendRef", "is required");
  reader.in("backendRef", [&](SpecReader& backend) { read_backend(backend, out.to); });
  if (reader.has("percent") && reader.has("fraction")) reader.error("only one of percent and fraction may be given");
  std::uint32_t percent = 100, numerator = 0, denominator = 100;
  reader.number("percent", percent, 0, 100);
  if (reader.has("percent")) out.percent = percent;
  reader.in("fraction", [&](SpecReader& fraction) {
    fraction.number("numerator", numerator, 0, INT32_MAX);
    fraction.number("denominator", denominator, 1, INT32_MAX);
    if (!fraction.has("numerator")) fraction.error("numerator", "is required");
    if (numerator > denominator) fraction.error("numerator", "must not be above the denominator");
    out.percent = 100.0 * numerator / denominator;
  });
  return out;
}

Cors read_cors(SpecReader& reader) {
  Cors out;
  reader.read("allowOrigins", out.origins);
  reader.read("allowMethods", out.methods);
  reader.read("allowHeaders", out.headers);
  reader.read("exposeHeaders", out.exposed);
  reader.read("allowCredentials", out.credentials);
  std::uint32_t age = 5;
  reader.number("maxAge", age, 1, INT32_MAX);
  out.max_age = age;
  return out;
}

// The field that goes with each type.
const std::vector<std::pair<std::string, const char*>> kTypes = {
    {"RequestHeaderModifier", "requestHeaderModifier"},
    {"ResponseHeaderModifier", "responseHeaderModifier"},
    {"RequestRedirect", "requestRedirect"},
    {"URLRewrite", "urlRewrite"},
    {"RequestMirror", "requestMirror"},
    {"CORS", "cors"},
    {"ExtensionRef", "extensionRef"},
    {"ExternalAuth", "externalAuth"},
};
bool for_grpc(const std::string& type) {
  return type == "RequestHeaderModifier" || type == "ResponseHeaderModifier" || type == "RequestMirror" || type == "ExtensionRef";
}

void read_settings(SpecReader& filter, const std::string& type, Filters& out) {
  if (type == "RequestHeaderModifier") filter.in("requestHeaderModifier", [&](SpecReader& r) { out.request = read_headers(r); });
  if (type == "ResponseHeaderModifier") filter.in("responseHeaderModifier", [&](SpecReader& r) { out.response = read_headers(r); });
  if (type == "RequestRedirect") filter.in("requestRedirect", [&](SpecReader& r) { out.redirect = read_redirect(r); });
  if (type == "URLRewrite") filter.in("urlRewrite", [&](SpecReader& r) { out.rewrite = read_rewrite(r); });
  if (type == "RequestMirror") filter.in("requestMirror", [&](SpecReader& r) { out.mirrors.push_back(read_mirror(r)); });
  if (type == "CORS") filter.in("cors", [&](SpecReader& r) { out.cors = read_cors(r); });
  if (type == "ExtensionRef" || type == "ExternalAuth") out.unsupported = type;
}

void read_filter(SpecReader& filter, bool grpc, std::set<std::string>& seen, Filters& out) {
  std::string type;
  std::vector<std::string> types;
  for (const auto& [name, field] : kTypes)
    if (!grpc || for_grpc(name)) types.push_back(name);
  filter.one_of("type", type, types);
  if (!filter.has("type")) filter.error("type", "is required");
  for (const auto& [name, field] : kTypes) {
    if (name == type && !filter.has(field)) filter.error(field, fmt::format("is required for type {}", type));
    if (name != type && filter.has(field) && !type.empty()) filter.error(field, fmt::format("has no meaning for type {}", type));
  }
  const bool several = type == "RequestMirror" || type == "ExtensionRef";
  if (!seen.insert(type).second && !several && !type.empty()) filter.error("type", fmt::format("{} stands twice", type));
  read_settings(filter, type, out);
}

}  // namespace

void read_filters(SpecReader& owner, bool grpc, Filters& out) {
  std::set<std::string> seen;
  owner.each("filters", [&](SpecReader& filter) { read_filter(filter, grpc, seen, out); });
  if (out.redirect && out.rewrite) owner.error("filters", "RequestRedirect and URLRewrite cannot both be given");
}

void read_backend(SpecReader& reader, BackendRef& out) {
  out.to.kind = "Service";
  read_reference(reader, out.to);
  reader.port("port", out.port);
  if (out.to.kind == "Service" && out.to.group.empty() && out.port == 0) reader.error("port", "is required for a Service");
}

namespace {

constexpr std::uint32_t kMostWeight = 1'000'000;

void read_weighted(SpecReader& item, std::vector<WeightedBackend>& out) {
  WeightedBackend& one = out.emplace_back();
  read_backend(item, one.to);
  item.number("weight", one.weight, 0, kMostWeight);
}

}  // namespace

void read_backends(SpecReader& rule, bool grpc, std::vector<WeightedBackend>& out) {
  rule.each("backendRefs", [&](SpecReader& item) {
    read_weighted(item, out);
    read_filters(item, grpc, out.back().filters);
  });
}

void read_plain_backends(SpecReader& rule, std::vector<WeightedBackend>& out) {
  rule.each("backendRefs", [&](SpecReader& item) { read_weighted(item, out); });
}

void read_value_match(SpecReader& reader, bool header, std::vector<ValueMatch>& out) {
  ValueMatch one;
  std::string type = "Exact";
  reader.one_of("type", type, {"Exact", "RegularExpression"});
  one.regex = type == "RegularExpression";
  reader.required("name", one.name);
  reader.required("value", one.value);
  if (header) check_header_name(reader, "name", one.name);
  if (one.regex) reader.check_regex("value", one.value);
  const auto same = [&](const ValueMatch& other) {
    return std::equal(other.name.begin(), other.name.end(), one.name.begin(), one.name.end(),
                      [&](char a, char b) { return header ? std::tolower(a) == std::tolower(b) : a == b; });
  };
  if (std::none_of(out.begin(), out.end(), same)) out.push_back(std::move(one));  // of one name the first counts
}

}  // namespace amime::source::gateway_api
