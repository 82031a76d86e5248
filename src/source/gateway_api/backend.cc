#include "source/gateway_api/backend.h"

#include <fmt/format.h>

#include <algorithm>

#include "mesh/mesh.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "source/gateway_api/backend_tls.h"
#include "source/gateway_api/grants.h"

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;

Backend no_backend(const char* reason, std::string message) { return {kNoBackend, 80, reason, std::move(message)}; }

Backend resolve_service(Reads& reads, const std::string& ns, const BackendRef& ref) {
  Backend out{mesh::resolve_host(ref.to.name, ns), ref.port, nullptr, ""};
  const auto service = reads.find(Kind::kService, ns, ref.to.name);
  if (!service) return no_backend("BackendNotFound", fmt::format("backend({}) not found", out.host));
  const auto& ports = service->as<mesh::KubeService>().ports;
  if (std::none_of(ports.begin(), ports.end(), [&](const auto& port) { return port.port == ref.port; }))
    return no_backend("BackendNotFound", fmt::format("backend({}) has no port {}", out.host, ref.port));
  if (auto why = unreachable_by_policy(reads, *service, ref.port); !why.empty()) return no_backend("InvalidDestination", std::move(why));
  return out;
}

bool has_host(Reads& reads, const std::string& host) {
  for (const auto& entry : reads.all(Kind::kServiceEntry))
    for (const auto& one : entry->spec<istio::networking::v1alpha3::ServiceEntry>().hosts())
      if (one == host) return true;
  const auto dot = host.find('.'), end = host.find(".svc.");
  return dot != std::string::npos && end != std::string::npos && dot < end &&
         reads.find(Kind::kService, host.substr(dot + 1, end - dot - 1), host.substr(0, dot)) != nullptr;
}

// A ServiceImport is the Service of its name, as with Istio: the mesh's services reach over clusters anyway.
bool is_service(const Reference& to) {
  return (to.group.empty() && to.kind == "Service") || (to.group == "multicluster.x-k8s.io" && to.kind == "ServiceImport");
}

}  // namespace

Backend resolve_backend(Reads& reads, const mesh::ObjectKey& route, const BackendRef& ref, bool grants) {
  const std::string ns = ref.to.ns.empty() ? route.ns : ref.to.ns;
  if (grants && !may_refer(reads, route, ref.to, ns)) {
    return no_backend("RefNotPermitted",
                      fmt::format("backendRef {}/{} not accessible to a {} in namespace \"{}\" (missing a ReferenceGrant?)", ref.to.name,
                                  ns, mesh::kind_name(route.kind), route.ns));
  }
  if (is_service(ref.to)) return resolve_service(reads, ns, ref);
  if (ref.to.group != "networking.istio.io" || ref.to.kind != "Hostname")
    return no_backend("InvalidKind",
                      fmt::format("referencing unsupported backendRef: group \"{}\" kind \"{}\"", ref.to.group, ref.to.kind));
  if (!ref.to.ns.empty() || ref.port == 0)
    return no_backend("InvalidDestination",
                      ref.port == 0 ? "port is required in backendRef" : "namespace may not be set with Hostname type");
  if (!has_host(reads, ref.to.name)) return no_backend("BackendNotFound", fmt::format("backend({}) not found", ref.to.name));
  return {ref.to.name, ref.port, nullptr, ""};
}

}  // namespace amime::source::gateway_api
