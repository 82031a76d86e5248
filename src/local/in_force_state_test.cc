#include "local/in_force_state.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "mesh/testing.h"

namespace amime::local {
namespace {

TEST(InForceState, WhatIsKeptComesBackAsItWas) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "in-force-state";
  std::filesystem::remove_all(folder);
  mesh::Object object =
      *mesh::testing::virtual_service("default", "a", R"({"hosts":["a"],"http":[{"route":[{"destination":{"host":"a"}}]}]})");
  object.api_version = "networking.istio.io/v1";
  object.labels = {{"app", "a"}};
  object.annotations = {{"amime.dev/hold", "true"}};
  object.created = 1'700'000'000;
  object.resource_version = "7";
  object.digest = mesh::object_digest(object);
  const auto kept = std::make_shared<const mesh::Object>(object);

  InForceState before(folder);
  const mesh::Verdict verdict{kept->key, 0x00ff00ff00ff00ffu, "client.default refused vhds 80/a: \"bad\""};
  mesh::Object service = *mesh::testing::service("default", "s", "10.96.0.1", {"http:80"});
  service.api_version = "v1";
  auto& spec = std::get<mesh::KubeService>(service.payload);
  spec = {.type = "LoadBalancer",
          .cluster_ips = {"10.96.0.1", "fd00::1"},
          .external_ips = {"192.0.2.1"},
          .selector = {{"app", "s"}},
          .ports = {{.name = "http", .app_protocol = "http", .port = 80, .target_port_name = "web", .node_port = 30080},
                    {.name = "dns", .protocol = "UDP", .port = 53, .target_port = 5353}},
          .traffic_distribution = "PreferClose",
          .internal_traffic_policy = "Local",
          .session_affinity = "ClientIP",
          .publish_not_ready_addresses = true,
          .load_balancer_ingress = {"192.0.2.2", "lb.example"}};
  service.digest = mesh::object_digest(service);
  before.options({}).keep({{kept, std::make_shared<const mesh::Object>(service)}, {verdict}});
  InForceState after(folder);
  const auto back = after.options({}).before;
  ASSERT_EQ(back.in_force.size(), 2u);
  EXPECT_EQ(back.in_force[0]->digest, kept->digest);
  EXPECT_EQ(back.in_force[1]->digest, service.digest);
  EXPECT_EQ(back.verdicts, std::vector<mesh::Verdict>{verdict});
}

}  // namespace
}  // namespace amime::local
