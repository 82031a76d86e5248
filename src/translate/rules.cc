#include "translate/rules.h"

#include <algorithm>
#include <cstdlib>

namespace amime::translate {

void Product::take(const Taken& taken, std::vector<mesh::ObjectKey>* from) {
  for (const auto& patch : taken)
    if (std::find(from->begin(), from->end(), patch->object->key) == from->end()) from->push_back(patch->object->key);
  patched.insert(patched.end(), taken.begin(), taken.end());
}

RuleFn rule(RuleId id) {
  switch (id) {
    case RuleId::kOutbound: return outbound_root;
    case RuleId::kInbound: return inbound_root;
    case RuleId::kGateway: return gateway_root;
    case RuleId::kServiceClusters: return service_clusters;
    case RuleId::kCluster: return outbound_cluster;
    case RuleId::kClusterEndpoints: return cluster_endpoints;
    case RuleId::kStaticClusters: return static_clusters;
    case RuleId::kOutboundListeners: return outbound_listeners;
    case RuleId::kOutboundListener: return outbound_listener;
    case RuleId::kRouteTable: return route_table;
    case RuleId::kVirtualHost: return virtual_host;
    case RuleId::kInboundListener: return inbound_listener;
    case RuleId::kInboundCluster: return inbound_cluster;
    case RuleId::kGatewayListener: return gateway_listener;
    case RuleId::kGatewayTable: return gateway_table;
    case RuleId::kGatewaySecret: return gateway_secret;
    case RuleId::kAddedHosts: return added_hosts;
    case RuleId::kSniClusters: return sni_clusters;
    case RuleId::kSniCluster: return sni_cluster;
    case RuleId::kSniEndpoints: return sni_endpoints;
    case RuleId::kExtensions: return extensions;
    case RuleId::kWasmPlugin: return wasm_plugin;
    case RuleId::kNameTable: return name_table;
  }
  std::abort();
}

}  // namespace amime::translate
