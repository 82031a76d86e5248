#include "mesh/object.h"

#include <gtest/gtest.h>

#include <set>

#include "mesh/digest.h"
#include "mesh/testing.h"
#include "networking/v1alpha3/service_entry.pb.h"

namespace amime::mesh {
namespace {

using namespace testing;

TEST(Object, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(Kind::kMeshConfig); ++kind) names.insert(kind_name(static_cast<Kind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Kind::kMeshConfig) + 1);
  EXPECT_EQ(kind_name(Kind::kVirtualService), "VirtualService");
  EXPECT_EQ(kind_name(Kind::kMeshConfig), "MeshConfig");
  EXPECT_EQ(to_string({Kind::kGateway, "ns", "gw"}), "Gateway ns/gw");
  EXPECT_EQ(to_string({Kind::kNode, "", "n1"}), "Node n1");
}

TEST(Object, DigestCoversContentButNotOrigin) {
  auto base = service("default", "a", "10.0.0.1", {"http:80"}, {{"app", "a"}});
  auto moved = edited(base, [](Object& o) { o.origin = {"other.yaml", 7}; });
  EXPECT_EQ(base->digest, moved->digest);
  std::set<std::uint64_t> digests{base->digest};
  auto expect_other = [&](auto edit) { EXPECT_TRUE(digests.insert(edited(base, edit)->digest).second); };
  expect_other([](Object& o) { o.labels["x"] = "y"; });
  expect_other([](Object& o) { o.annotations["x"] = "y"; });
  expect_other([](Object& o) { o.created = 5; });
  expect_other([](Object& o) { o.key.name = "b"; });
  expect_other([](Object& o) { std::get<KubeService>(o.payload).ports[0].target_port = 81; });
  expect_other([](Object& o) { std::get<KubeService>(o.payload).selector["app"] = "b"; });
  expect_other([](Object& o) { std::get<KubeService>(o.payload).publish_not_ready_addresses = true; });
  expect_other([](Object& o) { std::get<KubeService>(o.payload).ports.clear(); });
}

TEST(Object, DigestOfEndpointsAndPods) {
  auto slice = endpoint_slice("ns", "s", "a", {"http:80"}, {endpoint("10.0.0.1", "p", "ns")});
  auto unready = edited(slice, [](Object& o) { std::get<KubeEndpoints>(o.payload).groups[0].endpoints[0].ready = false; });
  EXPECT_NE(slice->digest, unready->digest);
  auto first = pod("ns", "p", "10.0.0.1", {}, {"http:80"});
  auto other = edited(first, [](Object& o) { std::get<KubePod>(o.payload).containers[0].ports[0].port = 81; });
  EXPECT_NE(first->digest, other->digest);
}

TEST(Digest, EqualMapsInMessagesGiveEqualDigests) {
  istio::networking::v1alpha3::ServiceEntry a, b;
  for (int i = 0; i < 30; ++i) (*a.add_endpoints()->mutable_labels())["k" + std::to_string(i)] = "v";
  for (int i = 0; i < 30; ++i) b.add_endpoints();
  for (int i = 29; i >= 0; --i) (*b.mutable_endpoints(i)->mutable_labels())["k" + std::to_string(i)] = "v";
  EXPECT_EQ(digest_of(a), digest_of(b));
  b.mutable_endpoints(0)->set_address("x");
  EXPECT_NE(digest_of(a), digest_of(b));
}

TEST(Digest, NeighboursDoNotRunTogether) {
  using Texts = std::vector<std::string>;
  EXPECT_NE(Digest().add(Texts{"a", "b"}).add(Texts{}).value(), Digest().add(Texts{"a"}).add(Texts{"b"}).value());
  EXPECT_NE(Digest().add("ab").add("c").value(), Digest().add("a").add("bc").value());
}

}  // namespace
}  // namespace amime::mesh
