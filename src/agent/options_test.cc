#include "agent/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/bootstrap.h"
#include "agent/node.h"

namespace amime::agent {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

AgentOptions options_of(const Environment& environment, const AgentFlags& flags = {}) {
  auto options = read_options(flags, environment);
  EXPECT_TRUE(options.ok()) << options.status();
  return options.ok() ? *options : AgentOptions{};
}

// As Istio's injection writes it into a Pod.
const Environment kPod = {
    {"POD_NAME", "cart-1"},
    {"POD_NAMESPACE", "shop"},
    {"SERVICE_ACCOUNT", "cart"},
    {"INSTANCE_IP", "10.0.0.7"},
    {"CA_ADDR", "istiod-blue.istio-system.svc:15012"},
    {"PROXY_CONFIG",
     R"({"discoveryAddress":"istiod-blue.istio-system.svc:15012","concurrency":2,"terminationDrainDuration":"12s","proxyMetadata":{"ISTIO_META_DNS_CAPTURE":"true","MINIMUM_DRAIN_DURATION":"7s"}})"},
    {"ISTIO_META_CLUSTER_ID", "east"},
    {"ISTIO_META_WORKLOAD_NAME", "cart"},
    {"ISTIO_METAJSON_LABELS", R"({"app":"cart"})"},
    {"ISTIO_META_OF_NO_KIND_WE_KNOW", "x"},
    {"ISTIO_SOMETHING_ELSE", "x"},
    {"TRUST_DOMAIN", "company.example"},
    {"SECRET_TTL", "1h30m"},
    {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS", "true"}};

TEST(AgentOptions, OfAnInjectedPod) {
  const auto it = options_of(kPod);
  EXPECT_THAT(it.control_planes, ElementsAre("istiod-blue.istio-system.svc:15012"));
  EXPECT_EQ(it.ca_address, "istiod-blue.istio-system.svc:15012");
  EXPECT_FALSE(it.plaintext);
  EXPECT_EQ(it.xds_roots, "./var/run/secrets/istio/root-cert.pem");
  EXPECT_EQ(it.token_file, "./var/run/secrets/tokens/istio-token");
  EXPECT_EQ(it.xds_socket, "./etc/istio/proxy/XDS");
  EXPECT_EQ(it.sds_socket, "./var/run/secrets/workload-spiffe-uds/socket");
  EXPECT_EQ(it.secret_ttl, 90min);
  EXPECT_EQ(it.termination_drain, 12s);
  EXPECT_EQ(it.minimum_drain, 7s);
  EXPECT_EQ(it.concurrency, 2);
  EXPECT_TRUE(it.dns_capture);
  EXPECT_TRUE(it.exit_on_zero_connections);
  EXPECT_EQ(identity::spiffe_uri(identity_of(it)), "spiffe://company.example/ns/shop/sa/cart");
}

TEST(AgentOptions, FlagsWinOverTheEnvironment) {
  AgentFlags flags;
  flags.control_plane = "127.0.0.1:1,127.0.0.1:2";
  flags.run_dir = "/run/a", flags.status_port = 1234, flags.last_good_max_age = "2m";
  const auto it = options_of(kPod, flags);
  EXPECT_THAT(it.control_planes, ElementsAre("127.0.0.1:1", "127.0.0.1:2"));
  EXPECT_EQ(it.xds_socket, "/run/a/etc/istio/proxy/XDS");
  EXPECT_EQ(it.status_port, 1234);
  EXPECT_EQ(it.last_good_max_age, 2min);
}

TEST(AgentOptions, TheMeshsDefaultsAreBelowTheProxysOwn) {
  const std::string dir = std::filesystem::temp_directory_path() / ("amime-mesh-" + std::to_string(getpid()));
  std::filesystem::create_directories(dir + "/etc/istio/config");
  std::ofstream(dir + "/etc/istio/config/mesh")
      << "defaultConfig:\n  discoveryAddress: mesh:15012\n  concurrency: 7\n  proxyMetadata: {A: mesh, ISTIO_META_B: mesh}\n";
  AgentFlags flags;
  flags.run_dir = dir;
  const auto it = options_of({{"PROXY_CONFIG", "{concurrency: 3, proxyMetadata: {ISTIO_META_C: own}}"}}, flags);
  EXPECT_THAT(it.control_planes, ElementsAre("mesh:15012"));
  EXPECT_EQ(it.concurrency, 3);
  EXPECT_EQ(it.metadata.at("B"), "mesh");
  EXPECT_EQ(it.metadata.at("C"), "own");
  std::filesystem::remove_all(dir);
}

TEST(AgentOptions, PlaintextAndRoots) {
  EXPECT_TRUE(options_of({{"PROXY_CONFIG", "discoveryAddress: a:15010\ncontrolPlaneAuthPolicy: NONE"}}).plaintext);
  EXPECT_EQ(options_of({{"XDS_ROOT_CA", "SYSTEM"}}).xds_roots, "");
  EXPECT_EQ(options_of({{"CA_ROOT_CA", "/a.pem"}}).ca_roots, "/a.pem");
}

TEST(AgentOptions, WhatIsWrongIsSaidWithItsPlace) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"SECRET_TTL", "soon"}, {"SECRET_GRACE_PERIOD_RATIO", "2"}, {"PROXY_CONFIG", "- a list"}, {"ENVOY_STATUS_PORT", "70000"}}) {
    const auto it = read_options({}, {{name, value}});
    ASSERT_FALSE(it.ok()) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(it.status()));
  }
  EXPECT_THAT(std::string(read_options({}, {{"SECRET_TTL", "soon"}}).status().message()), HasSubstr("SECRET_TTL"));
}

TEST(Durations, AsGoWritesThem) {
  EXPECT_EQ(*parse_duration("1h2m3.5s"), 3723500ms);
  EXPECT_EQ(*parse_duration("500ms"), 500ms);
  EXPECT_EQ(*parse_duration("0s"), 0ms);
  for (const char* bad : {"", "5", "s", "5x", "-5s", "1..s x", "99999999999999999h"}) EXPECT_FALSE(parse_duration(bad).ok()) << bad;
}

TEST(Downward, LabelsAsKubernetesMountsThem) {
  const auto it = parse_downward("app=\"cart\"\nnote=\"a \\\"b\\\"\\nc\"\nbroken");
  EXPECT_EQ(it.at("app"), "cart");
  EXPECT_EQ(it.at("note"), "a \"b\"\nc");
  EXPECT_EQ(it.size(), 2u);
}

TEST(Node, AsIstiosAgentsWriteIt) {
  const auto node = json::parse(node_json(options_of(kPod)));
  EXPECT_EQ(node["id"], "sidecar~10.0.0.7~cart-1.shop~shop.svc.cluster.local");
  EXPECT_EQ(node["cluster"], "cart.shop");
  const auto& metadata = node["metadata"];
  EXPECT_EQ(metadata["NAMESPACE"], "shop");
  EXPECT_EQ(metadata["SERVICE_ACCOUNT"], "cart");
  EXPECT_EQ(metadata["CLUSTER_ID"], "east");
  EXPECT_EQ(metadata["INSTANCE_IPS"], "10.0.0.7");
  EXPECT_EQ(metadata["LABELS"]["app"], "cart");
  EXPECT_EQ(metadata["DNS_CAPTURE"], "true");
  EXPECT_EQ(metadata["OF_NO_KIND_WE_KNOW"], "x");
  EXPECT_EQ(metadata["PROXY_CONFIG"]["concurrency"], 2);
}

TEST(Bootstrap, AsksTheAgentForEverything) {
  AgentFlags flags;
  flags.gateway = true, flags.run_dir = "/run/a", flags.admin_port = 15999;
  const auto options = options_of(kPod, flags);
  const auto bootstrap = json::parse(bootstrap_json(options));
  EXPECT_TRUE(bootstrap["node"]["id"].get<std::string>().starts_with("router~"));
  EXPECT_EQ(bootstrap["admin"]["address"]["socket_address"]["port_value"], 15999);
  std::map<std::string, std::string> pipes;
  for (const auto& cluster : bootstrap["static_resources"]["clusters"]) {
    const auto& address = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"];
    if (address.contains("pipe")) pipes[cluster["name"]] = address["pipe"]["path"];
  }
  EXPECT_EQ(pipes["xds-grpc"], "/run/a/etc/istio/proxy/XDS");
  EXPECT_EQ(pipes["sds-grpc"], "/run/a/var/run/secrets/workload-spiffe-uds/socket");
  EXPECT_EQ(bootstrap["static_resources"]["listeners"].size(), 2u);
}

TEST(Bootstrap, KeepsTheStatisticsThatUsersName) {
  const auto patterns = [](const Environment& environment) {
    return json::parse(bootstrap_json(options_of(environment)))["stats_config"]["stats_matcher"]["inclusion_list"]["patterns"].dump();
  };
  EXPECT_THAT(patterns({{"PROXY_CONFIG", "proxyStatsMatcher: {inclusionRegexps: ['.*circuit.*'], inclusionPrefixes: [upstream_rq]}"}}),
              testing::AllOf(HasSubstr(".*circuit.*"), HasSubstr("upstream_rq"), HasSubstr("cluster_manager")));
  EXPECT_THAT(patterns({{"ISTIO_METAJSON_ANNOTATIONS", R"({"sidecar.istio.io/statsInclusionSuffixes":"a_total,b_total"})"}}),
              HasSubstr("b_total"));
}

}  // namespace
}  // namespace amime::agent
