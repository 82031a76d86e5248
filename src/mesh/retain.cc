#include "mesh/retain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "mesh/destination_index.h"
#include "mesh/references.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::mesh {
namespace {

namespace api = istio::networking::v1alpha3;

ObjectPtr with(const Object& object, Payload payload) {
  auto out = std::make_shared<Object>(object);
  out->payload = std::move(payload);
  out->digest = object_digest(*out);
  return out;
}

template <class Map>
std::map<std::string, std::string> to_map(const Map& map) {
  return {map.begin(), map.end()};
}

// The entries of `before` that `now` lacks, compared by `key`.
template <class List, class Key>
List vanished(const List& before, const List& now, Key key) {
  List out;
  for (const auto& entry : before)
    if (std::none_of(now.begin(), now.end(), [&](const auto& other) { return key(other) == key(entry); })) out.Add()->CopyFrom(entry);
  return out;
}

// Another rule for the host speaks for it.
bool has_other_rule(const Mesh& mesh, const Object& rule) {
  const std::string host = destination_host(rule);
  for (const auto& other : mesh.objects(Kind::kDestinationRule))
    if (other->key != rule.key && destination_host(*other) == host) return true;
  return false;
}

Retained retain_rule(const Mesh& mesh, const ObjectPtr& before, const ObjectPtr& written) {
  const auto& old = before->spec<api::DestinationRule>();
  if (old.subsets().empty()) return {};
  if (!written) return has_other_rule(mesh, *before) ? Retained{} : Retained{before, {""}};
  const auto& now = written->spec<api::DestinationRule>();
  if (destination_host(*written) != destination_host(*before)) return {};
  const auto gone = vanished(old.subsets(), now.subsets(), [](const auto& subset) { return subset.name(); });
  if (gone.empty() || has_other_rule(mesh, *before)) return {};
  auto spec = std::make_shared<api::DestinationRule>(now);
  Retained out;
  for (const auto& subset : gone) {
    *spec->add_subsets() = subset;
    out.parts.push_back("subset " + subset.name());
  }
  out.object = with(*written, ProtoSpec(std::move(spec)));
  return out;
}

Retained retain_service(const Mesh& mesh, const ObjectPtr& before, const ObjectPtr& written) {
  const auto& old = before->as<KubeService>();
  if (old.type == "ExternalName") return {};
  if (!written) {
    const auto* services = mesh.services_of(resolve_host(before->key.name, before->key.ns));
    return services && services->size() > 1 ? Retained{} : Retained{before, {""}};
  }
  KubeService merged = written->as<KubeService>();
  if (merged.type == "ExternalName" || merged.cluster_ips != old.cluster_ips) return {};
  Retained out;
  for (const auto& port : old.ports) {
    const auto& now = written->as<KubeService>().ports;
    if (std::any_of(now.begin(), now.end(), [&](const auto& p) { return p.port == port.port; })) continue;
    merged.ports.push_back(port);
    out.parts.push_back(fmt::format("port {}", port.port));
  }
  if (!out.parts.empty()) out.object = with(*written, std::move(merged));
  return out;
}

Retained retain_entry(const ObjectPtr& before, const ObjectPtr& written) {
  if (!written) return {before, {""}};
  const auto& old = before->spec<api::ServiceEntry>();
  const auto& now = written->spec<api::ServiceEntry>();
  if (!std::equal(old.hosts().begin(), old.hosts().end(), now.hosts().begin(), now.hosts().end())) return {};
  const auto gone = vanished(old.ports(), now.ports(), [](const auto& port) { return port.number(); });
  if (gone.empty()) return {};
  auto spec = std::make_shared<api::ServiceEntry>(now);
  Retained out;
  for (const auto& port : gone) {
    *spec->add_ports() = port;
    out.parts.push_back(fmt::format("port {}", port.number()));
  }
  out.object = with(*written, ProtoSpec(std::move(spec)));
  return out;
}

bool serves_port(const Mesh& mesh, const ObjectKey& but, std::uint32_t port) {
  for (const auto& gateway : mesh.objects(Kind::kGateway)) {
    if (gateway->key == but) continue;
    for (const auto& server : gateway->spec<api::Gateway>().servers())
      if (server.port().number() == port) return true;
  }
  return false;
}

Retained retain_gateway(const Mesh& mesh, const ObjectPtr& before, const ObjectPtr& written) {
  const auto& old = before->spec<api::Gateway>();
  const api::Gateway now = written ? written->spec<api::Gateway>() : api::Gateway();
  if (written && to_map(old.selector()) != to_map(now.selector())) return {};
  auto spec = std::make_shared<api::Gateway>(written ? now : old);
  if (!written) spec->clear_servers();
  Retained out;
  for (const auto& server : vanished(old.servers(), now.servers(), [](const auto& s) { return s.port().number(); })) {
    if (serves_port(mesh, before->key, server.port().number())) continue;
    *spec->add_servers() = server;
    out.parts.push_back(fmt::format("server {}", server.port().number()));
  }
  if (!out.parts.empty()) out.object = with(written ? *written : *before, ProtoSpec(std::move(spec)));
  return out;
}

// Where a workload listens: endpoints that clients still have may name it.
Retained retain_ingress(const ObjectPtr& before, const ObjectPtr& written) {
  if (!written) return {};
  const auto& now = written->spec<api::Sidecar>();
  auto spec = std::make_shared<api::Sidecar>(now);
  Retained out;
  for (const auto& ingress :
       vanished(before->spec<api::Sidecar>().ingress(), now.ingress(), [](const auto& listener) { return listener.port().number(); })) {
    *spec->add_ingress() = ingress;
    out.parts.push_back(fmt::format("ingress {}", ingress.port().number()));
  }
  // Without ingress of its own a sidecar listens on all ports of its services.
  if (!out.parts.empty() && !now.ingress().empty()) out.object = with(*written, ProtoSpec(std::move(spec)));
  return out;
}

// What of a deleted VirtualService would leave a host unknown: at gateways all of it, in the mesh the hosts that are no
// service's (a service has its default route).
ObjectPtr only_hosts(const Mesh& mesh, const ObjectPtr& before) {
  auto spec = std::make_shared<api::VirtualService>(before->spec<api::VirtualService>());
  std::vector<std::string> gateways(spec->gateways().begin(), spec->gateways().end());
  std::erase(gateways, "mesh");
  if (!gateways.empty()) {
    spec->mutable_gateways()->Assign(gateways.begin(), gateways.end());
  } else {
    std::vector<std::string> hosts(spec->hosts().begin(), spec->hosts().end());
    std::erase_if(hosts, [&](const std::string& host) { return mesh.services_of(resolve_host(host, before->key.ns)) != nullptr; });
    if (hosts.empty()) return nullptr;
    spec->mutable_hosts()->Assign(hosts.begin(), hosts.end());
  }
  return with(*before, ProtoSpec(std::move(spec)));
}

// Deleted, to come back under the same or another name: unless another one has its hosts by now.
Retained retain_routes(const Mesh& mesh, const ObjectPtr& before) {
  const auto& old = before->spec<api::VirtualService>();
  if (old.hosts().empty()) return {};  // a delegate: what it is part of holds it
  for (const auto& other : mesh.objects(Kind::kVirtualService)) {
    if (other->key == before->key) continue;
    for (const auto& host : other->spec<api::VirtualService>().hosts())
      for (const auto& mine : old.hosts())
        if (resolve_host(host, other->key.ns) == resolve_host(mine, before->key.ns)) return {};
  }
  ObjectPtr kept = only_hosts(mesh, before);
  return kept ? Retained{std::move(kept), {""}} : Retained{};
}

}  // namespace

bool may_retain(Kind kind, const ObjectPtr& written) {
  switch (kind) {
    case Kind::kService:
    case Kind::kServiceEntry:
    case Kind::kDestinationRule:
    case Kind::kGateway: return true;
    case Kind::kSidecar: return written != nullptr;
    case Kind::kVirtualService: return !written;
    default: return false;
  }
}

Retained retain(const Mesh& mesh, const ObjectPtr& before, const ObjectPtr& written) {
  switch (before->key.kind) {
    case Kind::kService: return retain_service(mesh, before, written);
    case Kind::kServiceEntry: return retain_entry(before, written);
    case Kind::kDestinationRule: return retain_rule(mesh, before, written);
    case Kind::kGateway: return retain_gateway(mesh, before, written);
    case Kind::kSidecar: return retain_ingress(before, written);
    case Kind::kVirtualService: return written ? Retained{} : retain_routes(mesh, before);
    default: return {};
  }
}

bool still_named(const Mesh& mesh, const Object& before, const ObjectPtr& written) {
  switch (before.key.kind) {
    case Kind::kDestinationRule: {
      const std::string host = destination_host(before);
      for (const auto& subset : before.spec<api::DestinationRule>().subsets()) {
        if (written) {
          const auto& now = written->spec<api::DestinationRule>().subsets();
          if (std::any_of(now.begin(), now.end(), [&](const auto& s) { return s.name() == subset.name(); })) continue;
        }
        if (in_use(mesh, host, 0, subset.name())) return true;
      }
      return false;
    }
    case Kind::kService: {
      const std::string host = resolve_host(before.key.name, before.key.ns);
      if (!written) return in_use(mesh, host, 0, "");
      const auto& now = written->as<KubeService>().ports;
      for (const auto& port : before.as<KubeService>().ports)
        if (std::none_of(now.begin(), now.end(), [&](const auto& p) { return p.port == port.port; }) && in_use(mesh, host, port.port, ""))
          return true;
      return false;
    }
    case Kind::kServiceEntry: {
      if (written) return false;
      for (const auto& host : before.spec<api::ServiceEntry>().hosts())
        if (in_use(mesh, host, 0, "")) return true;
      return false;
    }
    default: return false;
  }
}

}  // namespace amime::mesh
