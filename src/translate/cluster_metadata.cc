#include "envoy/config/cluster/v3/cluster.pb.h"
#include "translate/cluster_parts.h"
#include "translate/config_metadata.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

using Fields = google::protobuf::Map<std::string, google::protobuf::Value>;

Fields& istio_fields(EnvoyCluster& cluster) { return *(*cluster.mutable_metadata()->mutable_filter_metadata())["istio"].mutable_fields(); }

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

}  // namespace

void add_service_metadata(View& view, const mesh::Service& service, EnvoyCluster& cluster) {
  auto* entry = istio_fields(cluster)["services"].mutable_list_value()->add_values()->mutable_struct_value();
  auto& fields = *entry->mutable_fields();
  fields["host"].set_string_value(service.host);
  const std::string& name = service.kubernetes ? service.name : service.host;
  fields["name"].set_string_value(name);
  fields["namespace"].set_string_value(service.ns);
  if (tells_peers_apart(view)) set_peer_service(service.host, name, service.ns, cluster.mutable_metadata());
}

void add_rule_metadata(const mesh::DestinationPolicy& policy, std::string_view subset, EnvoyCluster& cluster) {
  if (policy.from.empty()) return;
  set_config_metadata(policy.from.front(), cluster.mutable_metadata());  // joined rules: the oldest stands for all
  if (!subset.empty()) istio_fields(cluster)["subset"].set_string_value(std::string(subset));
}

void note_policy(const EffectivePolicy& effective, std::string_view field, std::string_view text, Product& product) {
  if (!effective.policy || effective.policy->from.empty()) return;
  product.notes.push_back({effective.policy->from.front(), "not-honoured", "spec.trafficPolicy." + std::string(field), std::string(text)});
}

void add_istio_flag(std::string_view key, EnvoyCluster& cluster) { istio_fields(cluster)[std::string(key)].set_bool_value(true); }

void set_stat_name(const std::string& pattern, const mesh::Service& service, std::string_view subset, const mesh::ServicePort& port,
                   std::uint32_t target_port, EnvoyCluster& cluster) {
  if (pattern.empty()) return;
  std::string name = pattern;
  replace_all(name, "%SERVICE%", service.kubernetes ? service.name + "." + service.ns : service.host);
  replace_all(name, "%SERVICE_NAME%", service.kubernetes ? service.name : service.host);
  replace_all(name, "%SERVICE_FQDN%", service.host);
  replace_all(name, "%SUBSET_NAME%", subset);
  replace_all(name, "%TARGET_PORT%", std::to_string(target_port));
  replace_all(name, "%SERVICE_PORT%", std::to_string(port.port));
  replace_all(name, "%SERVICE_PORT_NAME%", port.name);
  cluster.set_alt_stat_name(name + ";");  // Istio's end mark, which its bootstrap's tag patterns look for
}

}  // namespace amime::translate
