#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "translate/cluster_testing.h"

namespace amime::translate {
namespace {

using cluster_testing::cluster_with;
using cluster_testing::http_options;
using cluster_testing::service_with;
using cluster_testing::World;
namespace mt = mesh::testing;

constexpr const char* kSubject = "80||s.default.svc.cluster.local";

bool is_http2(const envoy::config::cluster::v3::Cluster& cluster) {
  return http_options(cluster).explicit_http_config().has_http2_protocol_options();
}
bool follows_client(const envoy::config::cluster::v3::Cluster& cluster) {
  return http_options(cluster).has_use_downstream_protocol_config();
}

TEST(HttpOptions, ByThePortsProtocol) {
  EXPECT_TRUE(cluster_with("", "http:80").typed_extension_protocol_options().empty());
  EXPECT_TRUE(cluster_with("", "tcp:80").typed_extension_protocol_options().empty());
  EXPECT_TRUE(is_http2(cluster_with("", "http2:80")));
  EXPECT_TRUE(is_http2(cluster_with("", "grpc:80")));
  EXPECT_TRUE(is_http2(cluster_with("", "grpc-web:80")));
}

TEST(HttpOptions, SniffedPortsSpeakTheClientsProtocolFromSidecarsOnly) {
  EXPECT_TRUE(follows_client(cluster_with("", "main:80")));
  EXPECT_FALSE(follows_client(cluster_with("", "main:80", mt::router("default", {}))));
}

TEST(HttpOptions, Upgrade) {
  EXPECT_TRUE(is_http2(cluster_with(R"({"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}})")));
  EXPECT_TRUE(is_http2(cluster_with(R"({"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}})", "tcp:80")));
  // A sniffed port already follows the client, and keeps doing so.
  EXPECT_TRUE(follows_client(cluster_with(R"({"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}})", "main:80")));
  EXPECT_FALSE(is_http2(cluster_with(R"({"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE", "useClientProtocol": true}}})")));
}

TEST(HttpOptions, UpgradeMeshWide) {
  const auto upgraded = [](const std::string& policy, const std::string& port) {
    auto objects = service_with(policy, port);
    objects.push_back(mt::mesh_config(R"({"h2UpgradePolicy": "UPGRADE"})"));
    return is_http2(World(objects).cluster(kSubject));
  };
  EXPECT_TRUE(upgraded("", "http:80"));
  EXPECT_FALSE(upgraded("", "tcp:80"));
  EXPECT_FALSE(upgraded(R"({"connectionPool": {"http": {"h2UpgradePolicy": "DO_NOT_UPGRADE"}}})", "http:80"));
}

TEST(HttpOptions, UseClientProtocol) {
  const std::string policy = R"({"connectionPool": {"http": {"useClientProtocol": true}}})";
  EXPECT_TRUE(follows_client(cluster_with(policy)));
  EXPECT_TRUE(follows_client(cluster_with(policy, "http:80", mt::router("default", {}))));
}

TEST(HttpOptions, HeaderCaseOfHttp1) {
  auto objects = service_with("");
  objects.push_back(mt::mesh_config(R"({"defaultConfig": {"proxyHeaders": {"preserveHttp1HeaderCase": true}}})"));
  const auto options = http_options(World(objects).cluster(kSubject));
  EXPECT_EQ(options.explicit_http_config().http_protocol_options().header_key_format().stateful_formatter().name(), "preserve_case");
}

}  // namespace
}  // namespace amime::translate
