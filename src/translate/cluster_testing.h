// For tests of cluster and endpoint rules: runs one rule against a mesh of a few objects, and decodes what it makes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "mesh/testing.h"
#include "translate/rules.h"

namespace amime::translate::testing {

namespace mt = mesh::testing;

struct Run {
  Product product;
  Trace trace;
  bool read(Ask ask) const {
    return std::any_of(trace.begin(), trace.end(), [&](const Read& r) { return r.ask == ask; });
  }
  const Resource* find(std::string_view name) const {
    for (const auto& resource : product.resources)
      if (resource->name == name) return resource.get();
    return nullptr;
  }
};

// A mesh seen by one proxy.
class World {
 public:
  explicit World(std::vector<mesh::ObjectPtr> objects, mesh::ProxyFacts proxy = mt::proxy("default"))
      : mesh_(mt::mesh_of(objects)), proxy_(std::move(proxy)) {
    scene_ = {&mesh_, &proxy_, mesh_.visible(proxy_)};
  }
  World(const World&) = delete;

  Run run(RuleFn rule, std::string_view subject) {
    Run out;
    View view(scene_, &out.trace);
    rule(view, subject, out.product);
    EXPECT_TRUE(verify(out.trace, scene_));
    return out;
  }
  // The outbound cluster PORT|SUBSET|HOST; fails the test if there is none.
  envoy::config::cluster::v3::Cluster cluster(std::string_view subject) { return only<envoy::config::cluster::v3::Cluster>(outbound_cluster, subject); }
  envoy::config::cluster::v3::Cluster inbound(std::string_view port) { return only<envoy::config::cluster::v3::Cluster>(inbound_cluster, port); }
  envoy::config::endpoint::v3::ClusterLoadAssignment endpoints(std::string_view subject) {
    return only<envoy::config::endpoint::v3::ClusterLoadAssignment>(cluster_endpoints, subject);
  }

 private:
  template <class Message>
  Message only(RuleFn rule, std::string_view subject) {
    const Run out = run(rule, subject);
    Message message;
    EXPECT_EQ(out.product.resources.size(), 1u) << subject;
    if (!out.product.resources.empty()) {
      const auto bytes = out.product.resources[0]->message();
      EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    }
    return message;
  }

  mesh::Mesh mesh_;
  mesh::ProxyFacts proxy_;
  Scene scene_;
};

inline constexpr const char* kHost = "s.default.svc.cluster.local";

// Service s with one port ("http:80:8080") and a DestinationRule for it with this trafficPolicy (empty: no rule).
inline std::vector<mesh::ObjectPtr> service_with(const std::string& policy, const std::string& port = "http:80:8080") {
  std::vector<mesh::ObjectPtr> objects{mt::service("default", "s", "10.96.0.1", {port})};
  if (!policy.empty()) objects.push_back(mt::destination_rule("default", "s", R"({"host": "s", "trafficPolicy": )" + policy + "}"));
  return objects;
}
// Its cluster for the whole service, as `proxy` gets it.
inline envoy::config::cluster::v3::Cluster cluster_with(const std::string& policy, const std::string& port = "http:80:8080",
                                                        mesh::ProxyFacts proxy = mt::proxy("default")) {
  World world(service_with(policy, port), std::move(proxy));
  return world.cluster("80||s.default.svc.cluster.local");
}

inline envoy::extensions::upstreams::http::v3::HttpProtocolOptions http_options(const envoy::config::cluster::v3::Cluster& cluster) {
  envoy::extensions::upstreams::http::v3::HttpProtocolOptions options;
  for (const auto& [name, any] : cluster.typed_extension_protocol_options()) any.UnpackTo(&options);
  return options;
}

// "ADDRESS:PORT" of each endpoint, priority by priority and group by group as they stand: "0: 10.0.0.1:80*3 10.0.0.2:80;".
inline std::string layout(const envoy::config::endpoint::v3::ClusterLoadAssignment& assignment) {
  std::string out;
  for (const auto& group : assignment.endpoints()) {
    out += std::to_string(group.priority()) + "/" + std::to_string(group.load_balancing_weight().value()) + ":";
    for (const auto& endpoint : group.lb_endpoints()) {
      out += " " + endpoint.endpoint().address().socket_address().address();
      if (endpoint.has_load_balancing_weight()) out += "*" + std::to_string(endpoint.load_balancing_weight().value());
    }
    out += "; ";
  }
  return out;
}

}  // namespace amime::translate::testing
