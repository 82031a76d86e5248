#include <gtest/gtest.h>

#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::kHost;
using cluster_testing::World;
namespace mt = mesh::testing;

std::vector<std::string> keys(const Product& product) {
  std::vector<std::string> out;
  for (const auto& key : product.children) out.push_back((key.rule == RuleId::kCluster ? "cluster " : "endpoints ") + key.subject);
  return out;
}

TEST(ServiceClusters, APortAndItsSubsets) {
  World world({mt::service("default", "s", "10.96.0.1", {"http:80:8080", "tcp:90"}),
               mt::destination_rule("default", "s", R"({"host": "s", "subsets": [{"name": "v1"}, {"name": "v2"}, {"name": "v1"}]})")});
  EXPECT_EQ(keys(world.run(service_clusters, kHost).product),
            (std::vector<std::string>{"cluster 80||s.default.svc.cluster.local", "endpoints 80||s.default.svc.cluster.local",
                                      "cluster 80|v1|s.default.svc.cluster.local", "endpoints 80|v1|s.default.svc.cluster.local",
                                      "cluster 80|v2|s.default.svc.cluster.local", "endpoints 80|v2|s.default.svc.cluster.local",
                                      "cluster 90||s.default.svc.cluster.local", "endpoints 90||s.default.svc.cluster.local",
                                      "cluster 90|v1|s.default.svc.cluster.local", "endpoints 90|v1|s.default.svc.cluster.local",
                                      "cluster 90|v2|s.default.svc.cluster.local", "endpoints 90|v2|s.default.svc.cluster.local"}));
}

TEST(ServiceClusters, NoneForHostsNobodySees) {
  World world({});
  EXPECT_TRUE(world.run(service_clusters, kHost).product.children.empty());
}

TEST(ServiceClusters, NoneForUdp) {
  World world({mt::edited(mt::service("default", "s", "10.96.0.1", {"dns:53"}),
                          [](mesh::Object& o) { std::get<mesh::KubeService>(o.payload).ports[0].protocol = "UDP"; })});
  EXPECT_TRUE(world.run(service_clusters, kHost).product.children.empty());
}

TEST(ServiceClusters, NoneForExternalName) {
  World world({mt::edited(mt::service("default", "s", "", {"http:80"}), [](mesh::Object& o) {
    auto& spec = std::get<mesh::KubeService>(o.payload);
    spec.type = "ExternalName";
    spec.external_name = "elsewhere.example.com";
  })});
  EXPECT_TRUE(world.run(service_clusters, kHost).product.children.empty());
}

TEST(ServiceClusters, HeadlessHasEndpointsOnlyWhereNothingIsCaptured) {
  const auto headless = mt::service("default", "s", "None", {"tcp:80"});
  const std::vector<std::string> dialled{"cluster 80||s.default.svc.cluster.local"};
  const std::vector<std::string> known{"cluster 80||s.default.svc.cluster.local", "endpoints 80||s.default.svc.cluster.local"};
  EXPECT_EQ(keys(World({headless}).run(service_clusters, kHost).product), dialled);
  EXPECT_EQ(keys(World({headless}, mt::router("default", {})).run(service_clusters, kHost).product), known);
  auto local = mt::proxy("default");
  local.bind_address = "127.1.2.3";
  EXPECT_EQ(keys(World({headless}, local).run(service_clusters, kHost).product), known);
}

TEST(ServiceClusters, DnsHasItsEndpointsInTheCluster) {
  World world({mt::service_entry(
      "default", "e",
      R"({"hosts": ["e.example.com"], "resolution": "DNS", "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]})")});
  EXPECT_EQ(keys(world.run(service_clusters, "e.example.com").product), (std::vector<std::string>{"cluster 80||e.example.com"}));
}

TEST(ServiceClusters, PassthroughSubsetNeedsNoEndpoints) {
  World world(
      {mt::service("default", "s", "10.96.0.1", {"http:80"}),
       mt::destination_rule(
           "default", "s", R"({"host": "s", "subsets": [{"name": "v1", "trafficPolicy": {"loadBalancer": {"simple": "PASSTHROUGH"}}}]})")});
  EXPECT_EQ(keys(world.run(service_clusters, kHost).product),
            (std::vector<std::string>{"cluster 80||s.default.svc.cluster.local", "endpoints 80||s.default.svc.cluster.local",
                                      "cluster 80|v1|s.default.svc.cluster.local"}));
}

TEST(ServiceClusters, DynamicDnsIsForSidecarsAndHasNoSubsets) {
  const std::vector<mesh::ObjectPtr> objects = {
      mt::service_entry(
          "default", "wild",
          R"({"hosts": ["*.example.com"], "resolution": "DYNAMIC_DNS", "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]})"),
      mt::destination_rule("default", "wild", R"({"host": "*.example.com", "subsets": [{"name": "v1"}]})")};
  const auto sidecar = World(objects).run(service_clusters, "*.example.com");
  ASSERT_EQ(sidecar.product.children.size(), 1u) << "no endpoints either";
  EXPECT_EQ(sidecar.product.children[0].subject, "80||*.example.com");
  ASSERT_EQ(sidecar.product.notes.size(), 1u);
  EXPECT_EQ(sidecar.product.notes[0].field, "spec.subsets");
  const auto router = World(objects, mt::router("default", {})).run(service_clusters, "*.example.com");
  EXPECT_TRUE(router.product.children.empty());
  EXPECT_EQ(router.product.notes.size(), 2u);
}

}  // namespace
}  // namespace amime::translate
