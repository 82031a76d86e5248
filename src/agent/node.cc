#include "agent/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/version.h"

namespace amime::agent {
namespace {

using nlohmann::json;
constexpr const char* kAgentMark = "AMIME_AGENT";  // translate/view.cc looks for it
constexpr const char* kIstioVersion = "1.31.0";    // whose behaviour is meant, where ISTIO_META_ISTIO_VERSION does not say

// "region/zone/subzone", or with dots, as a label's value has to be.
json locality_of(const AgentOptions& options) {
  const auto label = options.labels.find("istio-locality");
  std::string text = label == options.labels.end() ? "" : label->second;
  if (text.find('/') == std::string::npos) std::replace(text.begin(), text.end(), '.', '/');
  json out = json::object();
  for (const char* part : {"region", "zone", "sub_zone"}) {
    const auto slash = text.find('/');
    if (const auto value = text.substr(0, slash); !value.empty()) out[part] = value;
    text = slash == std::string::npos ? "" : text.substr(slash + 1);
  }
  return out;
}

std::string workload_of(const AgentOptions& options) {
  const auto it = options.metadata.find("WORKLOAD_NAME");
  return it == options.metadata.end() ? options.pod_name : it->second;
}

json metadata_of(const AgentOptions& options) {
  json out = json::parse(options.json_metadata.empty() ? "{}" : options.json_metadata, nullptr, false);
  if (!out.is_object()) out = json::object();
  out.update({{"CLUSTER_ID", options.cluster_id},
              {"MESH_ID", options.trust_domain},
              {"ISTIO_VERSION", kIstioVersion},
              {"WORKLOAD_NAME", options.pod_name}});
  if (!options.gateway) out["INTERCEPTION_MODE"] = "REDIRECT";
  for (const auto& [key, value] : options.metadata) out[key] = value;
  if (!options.plaintext) out[kAgentMark] = base::version_line();  // the control plane then knows that its Envoy is given certificates
  out.update({{"NAME", options.pod_name},
              {"NAMESPACE", options.ns},
              {"SERVICE_ACCOUNT", options.service_account},
              {"INSTANCE_IPS", options.ip},
              {"LABELS", options.labels},
              {"ENVOY_STATUS_PORT", options.envoy_status_port},
              {"ENVOY_PROMETHEUS_PORT", options.stats_port}});
  if (!options.annotations.empty()) out["ANNOTATIONS"] = options.annotations;
  if (auto config = json::parse(options.proxy_config_json, nullptr, false); config.is_object()) out["PROXY_CONFIG"] = std::move(config);
  return out;
}

}  // namespace

std::string node_id(const AgentOptions& options) {
  return fmt::format("{}~{}~{}.{}~{}.svc.{}", options.gateway ? "router" : "sidecar", options.ip, options.pod_name, options.ns, options.ns,
                     options.domain);
}

std::string node_json(const AgentOptions& options) {
  const auto cluster = options.service_cluster.empty() ? fmt::format("{}.{}", workload_of(options), options.ns) : options.service_cluster;
  const json out = {{"id", node_id(options)}, {"cluster", cluster}, {"locality", locality_of(options)}, {"metadata", metadata_of(options)}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

identity::Identity identity_of(const AgentOptions& options) { return {options.trust_domain, options.ns, options.service_account}; }

}  // namespace amime::agent
