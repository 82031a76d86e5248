#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "translate/cluster_testing.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // as in cluster_dns.cc

namespace amime::translate {
namespace {

using cluster_testing::layout;
using cluster_testing::World;
using envoy::config::cluster::v3::Cluster;
namespace mt = mesh::testing;

mesh::ObjectPtr entry(const std::string& resolution, const std::string& endpoints) {
  return mt::service_entry(
      "default", "e",
      R"({"hosts": ["e.example.com"], "location": "MESH_EXTERNAL", "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}], "resolution": ")" +
          resolution + R"(", "endpoints": [)" + endpoints + "]}");
}
constexpr const char* kSubject = "80||e.example.com";

mesh::ProxyFacts with_ips(std::vector<std::string> ips) {
  auto proxy = mt::proxy("default");
  proxy.ips = std::move(ips);
  return proxy;
}

TEST(DnsCluster, StrictDnsCarriesItsEndpoints) {
  World world({entry("DNS", R"({"address": "a.example.com"}, {"address": "b.example.com", "weight": 3})")});
  const auto cluster = world.cluster(kSubject);
  EXPECT_EQ(cluster.type(), Cluster::STRICT_DNS);
  EXPECT_EQ(cluster.dns_lookup_family(), Cluster::V4_ONLY);
  EXPECT_EQ(cluster.dns_refresh_rate().seconds(), 60);
  EXPECT_TRUE(cluster.respect_dns_ttl());
  EXPECT_EQ(cluster.load_assignment().cluster_name(), cluster.name());
  EXPECT_EQ(layout(cluster.load_assignment()), "0/4: a.example.com b.example.com*3; ");
  EXPECT_EQ(cluster.load_assignment().endpoints(0).lb_endpoints(0).endpoint().address().socket_address().port_value(), 8080u);
}

TEST(DnsCluster, WithoutEndpointsTheHostItself) {
  World world({entry("DNS", "")});
  EXPECT_EQ(layout(world.cluster(kSubject).load_assignment()), "0/1: e.example.com; ");
}

TEST(DnsCluster, LogicalDnsTakesOneName) {
  World world({entry("DNS_ROUND_ROBIN", R"({"address": "a.example.com"})")});
  const auto cluster = world.cluster(kSubject);
  EXPECT_EQ(cluster.type(), Cluster::LOGICAL_DNS);
  EXPECT_EQ(layout(cluster.load_assignment()), "0/1: a.example.com; ");
}

TEST(DnsCluster, FamilyFollowsTheProxy) {
  const auto object = entry("DNS", "");
  EXPECT_EQ(World({object}, with_ips({"10.0.0.1"})).cluster(kSubject).dns_lookup_family(), Cluster::V4_ONLY);
  EXPECT_EQ(World({object}, with_ips({"2001:db8::1"})).cluster(kSubject).dns_lookup_family(), Cluster::V6_ONLY);
  EXPECT_EQ(World({object}, with_ips({"10.0.0.1", "2001:db8::1"})).cluster(kSubject).dns_lookup_family(), Cluster::ALL);
}

TEST(DnsCluster, SubsetsFilterAndNoneLeftMeansNoCluster) {
  World world(
      {entry("DNS",
             R"({"address": "a.example.com", "labels": {"version": "v1"}}, {"address": "b.example.com", "labels": {"version": "v2"}})"),
       mt::destination_rule(
           "default", "e",
           R"({"host": "e.example.com", "subsets": [{"name": "v1", "labels": {"version": "v1"}}, {"name": "v9", "labels": {"version": "v9"}}]})")});
  EXPECT_EQ(layout(world.cluster("80|v1|e.example.com").load_assignment()), "0/1: a.example.com; ");
  EXPECT_TRUE(world.run(outbound_cluster, "80|v9|e.example.com").product.resources.empty());
}

TEST(DnsCluster, FailsOverByPlaceWithOutlierDetection) {
  auto proxy = mt::proxy("default");
  proxy.locality = {"east", "a", ""};
  World world({entry("DNS", R"({"address": "w.example.com", "locality": "west/a"}, {"address": "e.example.com", "locality": "east/a"})"),
               mt::destination_rule("default", "e", R"({"host": "e.example.com", "trafficPolicy": {"outlierDetection": {}}})")},
              proxy);
  EXPECT_EQ(layout(world.cluster(kSubject).load_assignment()), "0/1: e.example.com; 1/1: w.example.com; ");
}

}  // namespace
}  // namespace amime::translate
