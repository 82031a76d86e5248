// The client's side of mutual TLS between workloads: where it is spoken, and how a cluster says so. One rule's run.
//
// Fields: MeshConfig.enableAutoMtls; DestinationRule trafficPolicy.tls (mode ISTIO_MUTUAL, sni, subjectAltNames, insecureSkipVerify);
// a workload's label security.istio.io/tlsMode; PeerAuthentication of the server's side.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "mesh/model.h"
#include "translate/cluster_parts.h"
#include "translate/policy.h"
#include "translate/view.h"

namespace amime::translate {

// Where a rule says nothing of TLS: to those endpoints of the mesh that take it.
bool finds_out_mutual_tls(View& view, const mesh::Service& service, const TrafficSettings& settings);

// Whether the workload says that it stands behind a sidecar.
bool has_mutual_label(const mesh::Labels& labels);

// Which endpoints those are. One rule's run.
class MutualEndpoints {
 public:
  explicit MutualEndpoints(View& view) : view_(view) {}
  // Its workload has a sidecar, whose port is not switched to plain text.
  bool takes(const mesh::Endpoint& endpoint);

 private:
  View& view_;
  std::map<std::string, mesh::PeerPolicies, std::less<>> peers_;  // by namespace
};

struct MutualClient {
  const mesh::Service& service;
  std::uint32_t port;
  std::string_view subset;
  ClusterKind kind;
  const TrafficSettings& settings;
};
// Has the cluster speak mutual TLS, to all endpoints or to those that take it. False: it does not, and other settings count.
bool apply_mutual_tls(View& view, const MutualClient& client, bool http2, EnvoyCluster& cluster);

// An endpoint that takes mutual TLS, in a cluster that finds out.
void mark_mutual(envoy::config::core::v3::Metadata* metadata);

}  // namespace amime::translate
