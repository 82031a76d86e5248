#include "translate/inbound_cluster.h"

#include <optional>
#include <set>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "translate/cluster_parts.h"
#include "translate/default_endpoint.h"
#include "translate/inbound_plan.h"
#include "translate/names.h"
#include "translate/patch/patch_cluster.h"
#include "translate/rules.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;

// Original-destination hosts of the own workload never go stale; the longest time that Envoy takes.
constexpr std::int64_t kNeverCleanUp = 9223372035;

// One port that the workload serves, and where its application takes it.
struct Inbound {
  std::uint32_t number = 0;                               // of the cluster's name
  mesh::ServicePort port;                                 // gives the protocol
  std::vector<mesh::ServiceTarget> targets;               // the services behind it, the decisive one first; empty: only Sidecar.ingress
  std::optional<SocketTarget> application;                // none: wherever the client dialled
  const api::ConnectionPoolSettings* own_pool = nullptr;  // Sidecar's; wins over the DestinationRule's
};

const api::IstioIngressListener* find_ingress(const api::Sidecar& sidecar, std::uint32_t number) {
  for (const auto& listener : sidecar.ingress())
    if (listener.port().number() == number) return &listener;
  return nullptr;
}

std::vector<mesh::ServiceTarget> targets_of(View& view, std::uint32_t number) {
  auto targets = view.service_targets();
  std::erase_if(targets, [&](const auto& target) { return target.target_port != number; });
  return targets;
}

// Sidecar.ingress: its port names the cluster, its defaultEndpoint is where the application listens.
bool load_ingress(View& view, const api::IstioIngressListener& listener, Inbound& in) {
  in.port.name = listener.port().name();
  in.port.port = in.number;
  in.port.protocol = protocol_of(listener);
  in.targets = targets_of(view, in.number);
  if (in.targets.size() > 1) in.targets.resize(1);
  if (listener.has_connection_pool()) in.own_pool = &listener.connection_pool();
  if (listener.default_endpoint().empty()) {
    if (!view.app_address().empty()) in.application = SocketTarget{std::string(view.app_address()), in.number};
    return true;
  }
  in.application = default_endpoint(view, listener.default_endpoint());
  return in.application.has_value();
}

// A port that services target. Without interception nothing brings its traffic here, except in `amime up`.
bool load_services(View& view, Inbound& in) {
  in.targets = targets_of(view, in.number);
  if (in.targets.empty()) return false;
  in.port = in.targets.front().port;
  if (!view.app_address().empty()) {
    in.application = SocketTarget{std::string(view.app_address()), in.number};
    return true;
  }
  if (view.interception() == mesh::InterceptionMode::kNone) return false;
  if (view.mesh_config().inbound_traffic_policy().mode() == ::istio::mesh::v1alpha1::MeshConfig_InboundTrafficPolicy::LOCALHOST)
    in.application = SocketTarget{view.proxy_ipv4() ? "127.0.0.1" : "::1", in.number};
  return true;
}

bool load(View& view, const api::Sidecar* sidecar, Inbound& in) {
  if (sidecar && sidecar->has_inbound_connection_pool()) in.own_pool = &sidecar->inbound_connection_pool();
  if (!sidecar || sidecar->ingress().empty()) return load_services(view, in);
  const auto* listener = find_ingress(*sidecar, in.number);
  return listener && load_ingress(view, *listener, in);
}

bool is_loopback(const std::string& address) { return address == "127.0.0.1" || address == "::1"; }

void set_destination(View& view, const Inbound& in, EnvoyCluster& cluster) {
  if (in.application) {
    cluster.set_type(EnvoyCluster::STATIC);
    cluster.mutable_load_assignment()->set_cluster_name(cluster.name());
    set_address(in.application->host, in.application->port,
                cluster.mutable_load_assignment()->add_endpoints()->add_lb_endpoints()->mutable_endpoint()->mutable_address());
  } else {
    cluster.set_type(EnvoyCluster::ORIGINAL_DST);
    cluster.set_lb_policy(EnvoyCluster::CLUSTER_PROVIDED);
    cluster.mutable_cleanup_interval()->set_seconds(kNeverCleanUp);
  }
  const bool pipe = in.application && is_unix(in.application->host);
  const bool intercepted = view.app_address().empty() && !pipe && !(in.application && is_loopback(in.application->host));
  if (intercepted) bind_to_inbound_source(view.proxy_ipv4(), view.proxy_ipv6(), cluster);
}

// Only connectionPool counts on the serving side: the DestinationRule's for the service port, so that the receiver has
// room for what its clients may send, else Sidecar's.
EffectivePolicy inbound_policy(View& view, const Inbound& in) {
  EffectivePolicy effective;
  const auto* rule = static_cast<const api::DestinationRule*>(nullptr);
  if (!in.targets.empty()) {
    effective.policy = view.inbound_destination(in.targets.front().service->host);
    rule = effective.policy ? effective.policy->rule.get() : nullptr;
  }
  effective.settings = settings_of_rule(rule, &view.mesh_config(), in.port.port, "");
  if (in.own_pool) effective.settings.connection_pool = in.own_pool;
  return effective;
}

void add_metadata(View& view, const Inbound& in, const EffectivePolicy& effective, EnvoyCluster& cluster) {
  std::set<std::string_view> seen;
  for (const auto& target : in.targets)
    if (target.port.port == in.targets.front().port.port && !target.service->mesh_external && seen.insert(target.service->host).second)
      add_service_metadata(view, *target.service, cluster);
  if (effective.policy && effective.policy->rule->has_traffic_policy()) add_rule_metadata(*effective.policy, "", cluster);
}

std::vector<mesh::ObjectKey> sources(const Inbound& in, const EffectivePolicy& effective, const mesh::ObjectPtr& sidecar) {
  std::vector<mesh::ObjectKey> from;
  for (const auto& target : in.targets) from.push_back(target.service->source);
  if (effective.policy) from.insert(from.end(), effective.policy->from.begin(), effective.policy->from.end());
  if (sidecar) from.push_back(sidecar->key);
  return from;
}

}  // namespace

RuleKey inbound_cluster_key(std::uint32_t target_port) { return {RuleId::kInboundCluster, std::to_string(target_port)}; }

// Subject TARGETPORT: cluster inbound|TARGETPORT||, from the services that target the port or Sidecar.ingress.
void inbound_cluster(View& view, std::string_view subject, Product& product) {
  const mesh::ObjectPtr sidecar = view.sidecar();
  Inbound in;
  in.number = static_cast<std::uint32_t>(std::stoul(std::string(subject)));
  if (!load(view, sidecar ? &sidecar->spec<api::Sidecar>() : nullptr, in)) return;
  const MeshConfig& mesh_config = view.mesh_config();
  const EffectivePolicy effective = inbound_policy(view, in);
  EnvoyCluster cluster;
  HttpOptions http;
  cluster.set_name(inbound_cluster_name(in.number));
  set_destination(view, in, cluster);
  if (!in.targets.empty())
    set_stat_name(mesh_config.inbound_cluster_stat_name(), *in.targets.front().service, "", in.port, in.number, cluster);
  set_upstream_protocol(in.port.protocol, true, view.proxy_config(), http);
  apply_connection_pool(effective.settings, mesh_config, cluster, http);
  add_metadata(view, in, effective, cluster);
  finish_http_options(http, cluster);
  std::vector<std::string> services;
  for (const auto& target : in.targets) services.push_back(target.service->host);
  emit_cluster(view, PatchContext::kInbound, services, std::move(cluster), {}, sources(in, effective, sidecar), product);
}

}  // namespace amime::translate
