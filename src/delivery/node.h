// Node: what a proxy says of itself in its first request, as Istio's agents write it.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "delivery/extension_lists.h"
#include "mesh/proxy.h"
#include "translate/engine.h"

namespace amime::delivery {

struct NodeInfo {
  mesh::ProxyFacts facts;
  std::string generator;   // metadata GENERATOR: "event" is istioctl, "grpc" a proxyless application
  std::string user_agent;  // "envoy"
  int envoy_minor = 0;     // of Envoy 1.x, 100 for later majors; 0: no Envoy, or it does not say
};

// From an encoded envoy.config.core.v3.Node. The id must be TYPE~IP~POD.NAMESPACE~DOMAIN with TYPE sidecar or router;
// kInvalidArgument says what is wrong with it. Metadata: NAMESPACE, INSTANCE_IPS, LABELS, CLUSTER_ID, NETWORK,
// WORKLOAD_NAME, NODE_NAME, SERVICE_ACCOUNT, ISTIO_VERSION, INTERCEPTION_MODE, HTTP10, DNS_CAPTURE, PROXY_CONFIG, GENERATOR, AMIME_*;
// others are not looked at. Booleans may be strings, as the agent writes them. `lists`: where its list of extensions is kept.
absl::StatusOr<NodeInfo> parse_node(std::string_view bytes, ExtensionLists& lists);

// Route tables travel whole unless the protocol and the proxy can do better: virtual hosts as resources of their own
// need delta xDS and an Envoy that takes them over ADS, which is 1.38 (docs/decisions/0002).
translate::RouteDelivery route_delivery(const NodeInfo& node, bool delta);

}  // namespace amime::delivery
