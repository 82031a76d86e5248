// networking.k8s.io Ingress and IngressClass.
#include <fmt/format.h>

#include "source/gateway_api/read.h"
#include "source/gateway_api/read_parts.h"

namespace amime::source::gateway_api {
namespace {

IngressBackend read_ingress_backend(SpecReader& reader) {
  IngressBackend out;
  reader.in("service", [&](SpecReader& service) {
    service.required("name", out.service);
    service.in("port", [&](SpecReader& port) {
      port.read("name", out.port_name);
      port.port("number", out.port);
    });
    if ((out.port == 0) == out.port_name.empty()) service.error("port", "needs a number or a name");
  });
  reader.ignored("resource", "backends can only be Services here, so that requests are answered 404");
  if (!reader.has("resource") && !reader.has("service")) reader.error("service", "is required");
  return out;
}

void read_path(SpecReader& reader, IngressPath& out) {
  reader.read("path", out.path);
  reader.one_of("pathType", out.type, {"Exact", "Prefix", "ImplementationSpecific"});
  if (out.type.empty()) reader.error("pathType", "is required");
  if ((out.type == "Exact" || out.type == "Prefix") && !out.path.starts_with("/")) reader.error("path", "must begin with \"/\"");
  reader.in("backend", [&](SpecReader& backend) { out.backend = read_ingress_backend(backend); });
  if (!reader.has("backend")) reader.error("backend", "is required");
}

}  // namespace

mesh::Payload read_ingress(FieldReader& object) {
  return read_object_with<IngressSpec>(object, [](SpecReader& spec, IngressSpec& out) {
    spec.read("ingressClassName", out.class_name);
    spec.in("defaultBackend", [&](SpecReader& backend) { out.fallback = read_ingress_backend(backend); });
    spec.each("rules", [&](SpecReader& rule) {
      IngressRule& one = out.rules.emplace_back();
      rule.read("host", one.host);
      check_hostname(rule, "host", one.host, true);
      rule.in("http", [&](SpecReader& http) {
        http.each("paths", [&](SpecReader& path) { read_path(path, one.paths.emplace_back()); });
        if (one.paths.empty()) http.error("paths", "is required");
      });
    });
    spec.each("tls", [&](SpecReader& tls) {
      IngressTls& one = out.tls.emplace_back();
      tls.read("hosts", one.hosts);
      for (const auto& host : one.hosts) check_hostname(tls, "hosts", host, true);
      tls.read("secretName", one.secret);
      if (one.secret.empty()) tls.warn("secretName", "is missing, so that there is no HTTPS for these hosts");
    });
    if (!out.fallback && out.rules.empty()) spec.error("defaultBackend or rules is required");
  });
}

mesh::Payload read_ingress_class(FieldReader& object) {
  return read_object_with<IngressClassSpec>(object, [](SpecReader& spec, IngressClassSpec& out) {
    spec.required("controller", out.controller);
    spec.ignored("parameters", "nothing is deployed for Ingresses");
  });
}

}  // namespace amime::source::gateway_api
