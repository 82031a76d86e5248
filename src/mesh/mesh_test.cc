#include "mesh/mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using namespace testing;

TEST(Mesh, AServiceItsPodsAndTheirEndpoints) {
  Mesh mesh = mesh_of({
      service("default", "reviews", "10.0.0.1", {"http:9080:web"}, {{"app", "reviews"}}),
      pod("default", "reviews-1", "10.1.0.1", {{"app", "reviews"}, {"version", "v1"}}, {"web:8080"}, "node-1"),
      endpoint_slice("default", "reviews-abc", "reviews", {"http:8080"}, {endpoint("10.1.0.1", "reviews-1")}),
      node("node-1", "eu", "eu-a"),
  });
  const std::string host = "reviews.default.svc.cluster.local";
  ASSERT_NE(mesh.services_of(host), nullptr);
  const Service& s = *mesh.services_of(host)->front();
  EXPECT_EQ(s.addresses, std::vector<std::string>{"10.0.0.1"});
  EXPECT_EQ(s.ports[0].protocol, Protocol::kHttp);
  auto set = mesh.endpoints(host, 9080);
  ASSERT_EQ(set->endpoints.size(), 1u);
  EXPECT_EQ(set->endpoints[0].port, 8080u);
  EXPECT_EQ(set->endpoints[0].labels->at("version"), "v1");
  EXPECT_EQ(set->endpoints[0].locality.zone, "eu-a");
  auto targets = mesh.service_targets(proxy("default", "reviews-1", "10.1.0.1"));
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].target_port, 8080u);
  auto visible = mesh.visible(proxy("other"));
  EXPECT_EQ(visible->services.size(), 1u);
  EXPECT_NE(visible->service(host), nullptr);
}

}  // namespace
}  // namespace amime::mesh
