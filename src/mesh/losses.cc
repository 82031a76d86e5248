#include "mesh/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "mesh/host.h"
#include "mesh/references.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/gateway.pb.h"

namespace amime::mesh {
namespace {

namespace api = istio::networking::v1alpha3;

bool ready_endpoint(const Mesh& mesh, const std::string& host, std::uint32_t port) { return any_ready(*mesh.endpoints(host, port)); }

std::string lost_port(const Mesh& in_force, const Mesh& next, const ObjectPtr& before, const Object& service) {
  const std::string host = resolve_host(service.key.name, service.key.ns);
  for (const auto& port : service.as<KubeService>().ports) {
    if (!ready_endpoint(in_force, host, port.port) || ready_endpoint(next, host, port.port)) continue;
    if (ready_endpoint(next.apply({{before->key, before}}), host, port.port))
      return fmt::format("no EndpointSlice of {} has a port named \"{}\"", host, port.name);
  }
  return "";
}

std::string lost_subset(const Mesh& next, const ObjectPtr& before, const Object& rule) {
  const auto& spec = rule.spec<api::DestinationRule>();
  const std::string host = resolve_host(spec.host(), rule.key.ns);
  for (const auto& subset : spec.subsets()) {
    if (subset_has_endpoints(next, host, rule.key.ns, subset.name()) || !in_use(next, host, 0, subset.name())) continue;
    if (subset_has_endpoints(next.apply({{before->key, before}}), host, rule.key.ns, subset.name()))
      return fmt::format("no endpoint of {} has the labels of subset {}", host, subset.name());
  }
  return "";
}

// "NAME", "NAMESPACE/NAME", "kubernetes://NAME": of which namespace depends on the gateway's pods, so any will do.
bool secret_exists(const Mesh& mesh, const std::string& credential) {
  const std::string name = credential.substr(credential.rfind('/') + 1);
  const auto& secrets = mesh.objects(Kind::kSecret);
  return std::any_of(secrets.begin(), secrets.end(), [&](const ObjectPtr& secret) { return secret->key.name == name; });
}

std::string lost_certificate(const Mesh& next, const ObjectPtr& before, const Object& gateway) {
  const auto credential_at = [&](std::uint32_t port) -> std::string {
    for (const auto& server : before->spec<api::Gateway>().servers())
      if (server.port().number() == port) return server.tls().credential_name();
    return "";
  };
  for (const auto& server : gateway.spec<api::Gateway>().servers()) {
    const std::string& wanted = server.tls().credential_name();
    const std::string had = credential_at(server.port().number());
    if (wanted.empty() || had.empty() || wanted == had || !secret_exists(next, had) || secret_exists(next, wanted)) continue;
    return fmt::format("there is no Secret {} for server {}", wanted, server.port().number());
  }
  return "";
}

// Other fields of a rule choose no endpoints.
bool chooses_others(const api::DestinationRule& before, const api::DestinationRule& after) {
  if (!std::equal(before.export_to().begin(), before.export_to().end(), after.export_to().begin(), after.export_to().end())) return true;
  return std::any_of(after.subsets().begin(), after.subsets().end(), [&](const api::Subset& subset) {
    return std::any_of(before.subsets().begin(), before.subsets().end(), [&](const api::Subset& had) {
      const std::map<std::string, std::string> then(had.labels().begin(), had.labels().end());
      const std::map<std::string, std::string> now(subset.labels().begin(), subset.labels().end());
      return had.name() == subset.name() && then != now;
    });
  });
}

}  // namespace

bool may_lose(const Object& before, const Object& after) {
  switch (after.key.kind) {
    case Kind::kService:
    case Kind::kGateway: return before.digest != after.digest;
    case Kind::kDestinationRule: return chooses_others(before.spec<api::DestinationRule>(), after.spec<api::DestinationRule>());
    default: return false;
  }
}

std::string loss(const Mesh& in_force, const Mesh& next, const ObjectPtr& before, const Object& after) {
  switch (after.key.kind) {
    case Kind::kService: return lost_port(in_force, next, before, after);
    case Kind::kDestinationRule: return lost_subset(next, before, after);
    case Kind::kGateway: return lost_certificate(next, before, after);
    default: return "";
  }
}

}  // namespace amime::mesh
