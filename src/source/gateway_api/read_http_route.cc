// gateway.networking.k8s.io HTTPRoute and GRPCRoute.
#include <fmt/format.h>

#include <array>

#include "source/gateway_api/read.h"
#include "source/gateway_api/read_parts.h"

namespace amime::source::gateway_api {
namespace {

constexpr char kNoSessions[] = "requests of one client may go to different endpoints";

void check_path(SpecReader& reader, const std::string& value) {
  static const std::array<const char*, 7> kNot = {"//", "/./", "/../", "%2f", "%2F", "#", "?"};
  if (!value.starts_with("/")) reader.error("value", "must begin with \"/\"");
  for (const char* part : kNot)
    if (value.find(part) != std::string::npos) reader.error("value", fmt::format("must not have \"{}\" in it", part));
  if (value.ends_with("/..") || value.ends_with("/.")) reader.error("value", "must not end with a dot segment");
}

void read_path(SpecReader& reader, HttpMatch& out) {
  std::string type = "PathPrefix";
  reader.one_of("type", type, {"Exact", "PathPrefix", "RegularExpression"});
  reader.read("value", out.value);
  if (type == "RegularExpression") {
    out.path = PathMatch::kRegex;
    reader.check_regex("value", out.value);
    return;
  }
  out.path = type == "Exact" ? PathMatch::kExact : PathMatch::kPrefix;
  check_path(reader, out.value);
  if (out.path == PathMatch::kPrefix && out.value.size() > 1 && out.value.ends_with('/')) out.value.pop_back();  // has no meaning
}

void read_match(SpecReader& reader, HttpRule& rule) {
  HttpMatch& out = rule.matches.emplace_back();
  out.path = PathMatch::kPrefix;
  out.value = "/";
  reader.in("path", [&](SpecReader& path) { read_path(path, out); });
  reader.each("headers", [&](SpecReader& header) { read_value_match(header, true, out.headers); });
  reader.each("queryParams", [&](SpecReader& parameter) { read_value_match(parameter, false, out.query); });
  reader.one_of("method", out.method, {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"});
}

void read_timeouts(SpecReader& reader, HttpRule& rule) {
  reader.duration("request", rule.request_timeout);
  reader.duration("backendRequest", rule.backend_timeout);
  if (rule.request_timeout && rule.backend_timeout && *rule.request_timeout > 0 && *rule.backend_timeout > *rule.request_timeout)
    reader.error("backendRequest", "must not be longer than request");
}

void read_retry(SpecReader& reader, HttpRule& rule) {
  Retry& out = rule.retry.emplace();
  if (reader.has("attempts")) reader.number("attempts", out.attempts.emplace(), 0, INT32_MAX);
  reader.duration("backoff", out.backoff);
  reader.numbers("codes", out.codes, 400, 599);
}

bool replaces_prefix(const Filters& filters) {
  const auto prefix = [](const std::optional<PathModifier>& path) { return path && !path->whole; };
  return (filters.redirect && prefix(filters.redirect->path)) || (filters.rewrite && prefix(filters.rewrite->path));
}

void check_rule(SpecReader& reader, const HttpRule& rule) {
  if (rule.filters.redirect && !rule.backends.empty()) reader.error("backendRefs", "cannot be given beside a RequestRedirect");
  if (!replaces_prefix(rule.filters)) return;
  if (rule.matches.size() > 1 || (rule.matches.size() == 1 && rule.matches[0].path != PathMatch::kPrefix))
    reader.error("filters", "replacePrefixMatch needs exactly one match, of type PathPrefix");
}

void read_rule(SpecReader& reader, HttpRule& out) {
  reader.read("name", out.name);
  reader.each("matches", [&](SpecReader& match) { read_match(match, out); });
  read_filters(reader, false, out.filters);
  read_backends(reader, false, out.backends);
  reader.in("timeouts", [&](SpecReader& timeouts) { read_timeouts(timeouts, out); });
  reader.in("retry", [&](SpecReader& retry) { read_retry(retry, out); });
  reader.ignored("sessionPersistence", kNoSessions);
  check_rule(reader, out);
  if (out.matches.empty()) out.matches.push_back({PathMatch::kPrefix, "/", {}, {}, ""});
}

// A method of gRPC is the path /SERVICE/METHOD.
void read_method(SpecReader& reader, HttpMatch& out) {
  std::string type = "Exact", service, method;
  reader.one_of("type", type, {"Exact", "RegularExpression"});
  reader.read("service", service);
  reader.read("method", method);
  const bool regex = type == "RegularExpression";
  if (service.empty() && method.empty()) return reader.error("service or method is required");
  if (regex && !service.empty()) reader.check_regex("service", service);
  if (regex && !method.empty()) reader.check_regex("method", method);
  if (!regex && !service.empty() && method.empty()) {
    out.path = PathMatch::kPrefix;
    out.value = fmt::format("/{}", service);
  } else if (!regex && !service.empty()) {
    out.path = PathMatch::kExact;
    out.value = fmt::format("/{}/{}", service, method);
  } else {
    out.path = PathMatch::kRegex;
    out.value = fmt::format("/{}/{}", service.empty() ? "[^/]+" : service, method.empty() ? "[^/]+" : method);
  }
}

void read_grpc_rule(SpecReader& reader, HttpRule& out) {
  reader.read("name", out.name);
  reader.each("matches", [&](SpecReader& match) {
    HttpMatch& one = out.matches.emplace_back();
    match.in("method", [&](SpecReader& method) { read_method(method, one); });
    match.each("headers", [&](SpecReader& header) { read_value_match(header, true, one.headers); });
  });
  read_filters(reader, true, out.filters);
  read_backends(reader, true, out.backends);
  reader.ignored("sessionPersistence", kNoSessions);
  if (out.matches.empty()) out.matches.emplace_back();
}

}  // namespace

mesh::Payload read_http_route(FieldReader& object) {
  return read_object_with<HttpRouteSpec>(object, [](SpecReader& spec, HttpRouteSpec& out) {
    read_parents(spec, out);
    read_hostnames(spec, out);
    spec.each("rules", [&](SpecReader& rule) { read_rule(rule, out.rules.emplace_back()); });
    if (!spec.has("rules")) out.rules.emplace_back().matches.push_back({PathMatch::kPrefix, "/", {}, {}, ""});
  });
}

mesh::Payload read_grpc_route(FieldReader& object) {
  return read_object_with<HttpRouteSpec>(object, [](SpecReader& spec, HttpRouteSpec& out) {
    read_parents(spec, out);
    read_hostnames(spec, out);
    spec.each("rules", [&](SpecReader& rule) { read_grpc_rule(rule, out.rules.emplace_back()); });
  });
}

}  // namespace amime::source::gateway_api
