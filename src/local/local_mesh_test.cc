#include "local/local_mesh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::local {
namespace {

using namespace mesh::testing;
using testing::UnorderedElementsAre;

std::vector<std::string> names(const std::vector<mesh::Change>& changes) {
  std::vector<std::string> out;
  for (const auto& change : changes) out.push_back((change.object ? "+" : "-") + mesh::to_string(change.key));
  return out;
}

TEST(LocalMesh, SaysOnlyWhatDiffers) {
  LocalMesh local(77);
  const auto a = pod("default", "a", "", {{"app", "a"}}), s = service("default", "s", "", {"http:80"}, {{"app", "a"}});
  EXPECT_THAT(
      names(local.apply(add_all({a, s}))),
      UnorderedElementsAre("+Pod default/a", "+Service default/s", "+EndpointSlice default/s-local", "+MeshConfig istio-system/istio"));
  const auto generation = local.generation();
  EXPECT_TRUE(local.apply({add(a)}).empty());
  EXPECT_EQ(local.generation(), generation);
  EXPECT_THAT(names(local.set_unready({"default/a"})), UnorderedElementsAre("+Pod default/a", "+EndpointSlice default/s-local"));
  EXPECT_TRUE(local.set_unready({"default/a"}).empty());
  EXPECT_EQ(local.generation(), generation);
  EXPECT_THAT(names(local.apply({remove(a)})),
              UnorderedElementsAre("-Pod default/a", "-EndpointSlice default/s-local", "+Service default/s"));
  EXPECT_GT(local.generation(), generation);
  EXPECT_TRUE(local.workloads().empty());
}

}  // namespace
}  // namespace amime::local
