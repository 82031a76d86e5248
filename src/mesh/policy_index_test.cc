#include "mesh/policy_index.h"

#include <gtest/gtest.h>

#include "mesh/mesh.h"
#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using testing::istio;
using testing::mesh_of;

std::vector<std::string> names(const std::vector<ObjectPtr>& objects) {
  std::vector<std::string> out;
  for (const auto& object : objects) out.push_back(object->key.name);
  return out;
}
ObjectPtr policy(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kAuthorizationPolicy, ns, name, spec);
}

TEST(PolicyIndex, ThoseOfTheRootAndOfTheOwnNamespaceThatMeanTheWorkload) {
  const Mesh mesh = mesh_of({policy("istio-system", "root", "{}"), policy("a", "all", "{}"),
                             policy("a", "x", R"({"selector":{"matchLabels":{"app":"x"}}})"), policy("b", "foreign", "{}"),
                             policy("istio-system", "root-x", R"({"selector":{"matchLabels":{"app":"x"}}})")});
  EXPECT_EQ(names(mesh.authorizations_for(testing::proxy("a", "p", "10.0.0.1", {{"app", "x"}}))),
            (std::vector<std::string>{"root", "root-x", "all", "x"}));
  EXPECT_EQ(names(mesh.authorizations_for(testing::proxy("a"))), (std::vector<std::string>{"root", "all"}));
  EXPECT_EQ(names(mesh.authorizations_for(testing::proxy("istio-system"))), std::vector<std::string>{"root"});
}

TEST(PolicyIndex, TargetRefsMeanTheGatewayOfTheirNamespace) {
  const Mesh mesh =
      mesh_of({policy("a", "edge", R"({"targetRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge"}]})"),
               policy("istio-system", "far", R"({"targetRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge"}]})"),
               istio(Kind::kRequestAuthentication, "a", "tokens",
                     R"({"targetRef":{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge"}})")});
  const auto edge = testing::router("a", {{"gateway.networking.k8s.io/gateway-name", "edge"}});
  EXPECT_EQ(names(mesh.authorizations_for(edge)), std::vector<std::string>{"edge"});
  EXPECT_EQ(names(mesh.authentications_for(edge)), std::vector<std::string>{"tokens"});
  EXPECT_TRUE(mesh.authorizations_for(testing::router("a", {{"gateway.networking.k8s.io/gateway-name", "other"}})).empty());
  EXPECT_TRUE(mesh.authorizations_for(testing::proxy("a")).empty());
}

}  // namespace
}  // namespace amime::mesh
