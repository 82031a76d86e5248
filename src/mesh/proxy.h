// ProxyFacts: what a connected Envoy says of itself in its Node (id, metadata, locality), as Istio's agents write it.
// The vocabulary of scopes: two proxies with equal facts see the same mesh.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mesh/extensions.h"
#include "mesh/model.h"

namespace amime::mesh {

enum class ProxyType : std::uint8_t { kSidecar, kRouter };
enum class InterceptionMode : std::uint8_t { kRedirect, kTproxy, kNone };

struct ProxyFacts {
  ProxyType type = ProxyType::kSidecar;
  std::string id;                                               // POD.NAMESPACE (third part of Node.id)
  std::string ns;                                               // metadata NAMESPACE, else from the id
  std::vector<std::string> ips;                                 // metadata INSTANCE_IPS, else the id's IP
  std::string dns_domain;                                       // NAMESPACE.svc.cluster.local
  Labels labels;                                                // metadata LABELS
  std::string cluster_id;                                       // CLUSTER_ID
  std::string mesh_id;                                          // MESH_ID
  std::string network;                                          // NETWORK
  std::string workload;                                         // WORKLOAD_NAME
  std::string node_name;                                        // NODE_NAME
  std::string service_account;                                  // SERVICE_ACCOUNT
  std::string istio_version;                                    // ISTIO_VERSION
  InterceptionMode interception = InterceptionMode::kRedirect;  // INTERCEPTION_MODE
  Locality locality;                                            // Node.locality; empty: from the pod's Node object
  bool http10 = false;                                          // HTTP10
  bool dns_capture = false;                                     // DNS_CAPTURE: its agent answers DNS, so allocated addresses lead somewhere
  bool asks_names = false;  // it is to have a name table (NDS); as dns_capture unless it asks all the same
  // PROXY_CONFIG, which replaces MeshConfig.defaultConfig: the encoded ProxyConfig, cut down to what translation reads
  // (gatewayTopology, proxyHeaders, connectionSettings, tracing), so that proxies do not differ by the rest. None: not given.
  std::optional<std::string> proxy_config;
  std::string bind_address;     // AMIME_BIND_ADDRESS: `amime up` only; service ports are bound there
  std::string inbound_address;  // AMIME_INBOUND_ADDRESS: `amime up` only; inbound ports are bound there ...
  std::string app_address;      // AMIME_APP_ADDRESS: ... and handed to the application at this one
  std::string cluster;          // Node.cluster
  // All of the Node's metadata that is text, for EnvoyFilter's match.proxy.metadata. Null: none.
  std::shared_ptr<const std::map<std::string, std::string>> metadata;
  ExtensionsPtr extensions;  // Node.extensions: what it can load. Null: not known, so everything
  int envoy_minor = 0;       // of Envoy 1.x, 100 for later majors; 0: not known
  bool ipv6() const;         // the first IP is IPv6
};

}  // namespace amime::mesh
