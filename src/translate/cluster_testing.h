// For tests of cluster and endpoint rules: runs one rule against a mesh of a few objects, and decodes what it makes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mesh/testing.h"
#include "translate/rules.h"

namespace envoy::config::cluster::v3 {
class Cluster;
}
namespace envoy::config::endpoint::v3 {
class ClusterLoadAssignment;
}
namespace envoy::extensions::upstreams::http::v3 {
class HttpProtocolOptions;
}

namespace amime::translate::cluster_testing {

namespace mt = mesh::testing;

struct Run {
  Product product;
  Trace trace;
  bool read(Ask ask) const;
  const Resource* find(std::string_view name) const;  // null: not made
};

// A mesh seen by one proxy.
class World {
 public:
  explicit World(const std::vector<mesh::ObjectPtr>& objects, mesh::ProxyFacts proxy = mt::proxy("default"));
  World(const World&) = delete;

  // Also expects that the trace verifies where it was made.
  Run run(RuleFn rule, std::string_view subject) const;
  // What outbound_cluster (PORT|SUBSET|HOST), inbound_cluster (PORT) and cluster_endpoints (PORT|SUBSET|HOST) make; the
  // test fails if that is not exactly one resource.
  envoy::config::cluster::v3::Cluster cluster(std::string_view subject) const;
  envoy::config::cluster::v3::Cluster inbound(std::string_view port) const;
  envoy::config::endpoint::v3::ClusterLoadAssignment endpoints(std::string_view subject) const;

 private:
  mesh::Mesh mesh_;
  mesh::ProxyFacts proxy_;
  Scene scene_;
};

inline constexpr const char* kHost = "s.default.svc.cluster.local";

// Service s with one port and a DestinationRule for it with this trafficPolicy (empty: no rule).
std::vector<mesh::ObjectPtr> service_with(const std::string& policy, const std::string& port = "http:80:8080");
// Its cluster for the whole service, as `proxy` gets it.
envoy::config::cluster::v3::Cluster cluster_with(const std::string& policy, const std::string& port = "http:80:8080",
                                                 mesh::ProxyFacts proxy = mt::proxy("default"));
envoy::extensions::upstreams::http::v3::HttpProtocolOptions http_options(const envoy::config::cluster::v3::Cluster& cluster);

// The groups as they stand, "PRIORITY/WEIGHT: ADDRESS ADDRESS*WEIGHT; ".
std::string layout(const envoy::config::endpoint::v3::ClusterLoadAssignment& assignment);

}  // namespace amime::translate::cluster_testing
