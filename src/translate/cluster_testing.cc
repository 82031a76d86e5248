#include "translate/cluster_testing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"

namespace amime::translate::cluster_testing {
namespace {

template <class Message>
Message only_resource(const Run& run, std::string_view subject) {
  Message message;
  EXPECT_EQ(run.product.resources.size(), 1u) << subject;
  if (run.product.resources.empty()) return message;
  const auto bytes = run.product.resources[0]->message();
  EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

}  // namespace

bool Run::read(Ask ask) const {
  return std::any_of(trace.begin(), trace.end(), [&](const Read& r) { return r.ask == ask; });
}

const Resource* Run::find(std::string_view name) const {
  for (const auto& resource : product.resources)
    if (resource->name == name) return resource.get();
  return nullptr;
}

World::World(const std::vector<mesh::ObjectPtr>& objects, mesh::ProxyFacts proxy) : mesh_(mt::mesh_of(objects)), proxy_(std::move(proxy)) {
  scene_ = {&mesh_, &proxy_, mesh_.visible(proxy_)};
}

Run World::run(RuleFn rule, std::string_view subject) const {
  Run out;
  View view(scene_, &out.trace);
  rule(view, subject, out.product);
  EXPECT_TRUE(verify(out.trace, scene_)) << subject;
  return out;
}

envoy::config::cluster::v3::Cluster World::cluster(std::string_view subject) const {
  return only_resource<envoy::config::cluster::v3::Cluster>(run(outbound_cluster, subject), subject);
}
envoy::config::cluster::v3::Cluster World::inbound(std::string_view port) const {
  return only_resource<envoy::config::cluster::v3::Cluster>(run(inbound_cluster, port), port);
}
envoy::config::endpoint::v3::ClusterLoadAssignment World::endpoints(std::string_view subject) const {
  return only_resource<envoy::config::endpoint::v3::ClusterLoadAssignment>(run(cluster_endpoints, subject), subject);
}

std::vector<mesh::ObjectPtr> service_with(const std::string& policy, const std::string& port) {
  std::vector<mesh::ObjectPtr> objects{mt::service("default", "s", "10.96.0.1", {port})};
  if (!policy.empty()) objects.push_back(mt::destination_rule("default", "s", R"({"host": "s", "trafficPolicy": )" + policy + "}"));
  return objects;
}

envoy::config::cluster::v3::Cluster cluster_with(const std::string& policy, const std::string& port, mesh::ProxyFacts proxy) {
  return World(service_with(policy, port), std::move(proxy)).cluster("80||s.default.svc.cluster.local");
}

envoy::extensions::upstreams::http::v3::HttpProtocolOptions http_options(const envoy::config::cluster::v3::Cluster& cluster) {
  envoy::extensions::upstreams::http::v3::HttpProtocolOptions options;
  for (const auto& [name, any] : cluster.typed_extension_protocol_options()) EXPECT_TRUE(any.UnpackTo(&options)) << name;
  return options;
}

std::string layout(const envoy::config::endpoint::v3::ClusterLoadAssignment& assignment) {
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

}  // namespace amime::translate::cluster_testing
