#include "local/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace amime::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Workload reviews() {
  Workload out;
  out.ns = "shop";
  out.name = "reviews-v1-0";
  out.owner = "reviews-v1";
  out.labels = {{"app", "reviews"}};
  out.addresses = {"127.77.1.1", "127.77.2.1", "127.77.3.1"};
  return out;
}

TEST(Bootstrap, SidecarTellsItsAddresses) {
  const auto boot = json::parse(bootstrap_json(reviews(), 15010));
  EXPECT_EQ(boot["node"]["id"], "sidecar~127.77.1.1~reviews-v1-0.shop~shop.svc.cluster.local");
  const auto& metadata = boot["node"]["metadata"];
  EXPECT_EQ(metadata["INTERCEPTION_MODE"], "NONE");
  EXPECT_EQ(metadata["INSTANCE_IPS"], "127.77.1.1");
  EXPECT_EQ(metadata["AMIME_INBOUND_ADDRESS"], "127.77.1.1");
  EXPECT_EQ(metadata["AMIME_BIND_ADDRESS"], "127.77.2.1");
  EXPECT_EQ(metadata["AMIME_APP_ADDRESS"], "127.77.3.1");
  EXPECT_EQ(metadata["LABELS"]["app"], "reviews");
  EXPECT_EQ(boot["admin"]["address"]["socket_address"]["address"], "127.77.1.1");
  EXPECT_THAT(boot["static_resources"].dump(), HasSubstr("15010"));
}

TEST(Bootstrap, GatewayIsARouter) {
  auto gateway = reviews();
  gateway.gateway = true;
  const auto boot = json::parse(bootstrap_json(gateway, 1));
  EXPECT_EQ(boot["node"]["id"], "router~127.77.1.1~reviews-v1-0.shop~shop.svc.cluster.local");
  EXPECT_FALSE(boot["node"]["metadata"].contains("INTERCEPTION_MODE"));
  EXPECT_FALSE(boot["node"]["metadata"].contains("AMIME_APP_ADDRESS"));
}

TEST(Bootstrap, FindsEnvoyWhereItIsSaid) {
  EXPECT_TRUE(absl::IsNotFound(find_envoy("/no/envoy").status()));
  EXPECT_EQ(*find_envoy("/bin/sh"), "/bin/sh");
  const char* old = getenv("AMIME_ENVOY");
  const std::string kept = old ? old : "";
  setenv("AMIME_ENVOY", "/no/envoy", 1);
  EXPECT_THAT(std::string(find_envoy("").status().message()), HasSubstr("AMIME_ENVOY=/no/envoy"));
  setenv("AMIME_ENVOY", "/bin/sh", 1);
  EXPECT_EQ(*find_envoy(""), "/bin/sh");
  old ? setenv("AMIME_ENVOY", kept.c_str(), 1) : unsetenv("AMIME_ENVOY");
}

}  // namespace
}  // namespace amime::local
