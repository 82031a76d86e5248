#include "mesh/peer_modes.h"

#include <gtest/gtest.h>

#include "mesh/testing.h"

namespace amime::mesh {
namespace {

using testing::add;
using testing::created_at;
using testing::istio;
using testing::mesh_of;

ObjectPtr peer(std::string_view ns, std::string_view name, std::string_view spec) {
  return istio(Kind::kPeerAuthentication, ns, name, spec);
}
PeerModes modes(const std::vector<ObjectPtr>& objects, std::string_view ns, const Labels& labels) {
  return mesh_of(objects).peers_of(ns).of(labels);
}

constexpr const char* kStrict = R"({"mtls":{"mode":"STRICT"}})";
constexpr const char* kDisable = R"({"mtls":{"mode":"DISABLE"}})";

TEST(PeerModes, NobodySaysAnything) { EXPECT_EQ(modes({}, "a", {}).mode, MutualTls::kPermissive); }

TEST(PeerModes, TheNarrowerScopeCounts) {
  const auto all = peer("istio-system", "m", kStrict), own = peer("a", "n", kDisable);
  const auto one = peer("a", "w", R"({"selector":{"matchLabels":{"app":"x"}},"mtls":{"mode":"PERMISSIVE"}})");
  EXPECT_EQ(modes({all}, "a", {}).mode, MutualTls::kStrict);
  EXPECT_EQ(modes({all, own}, "a", {}).mode, MutualTls::kDisable);
  EXPECT_EQ(modes({all, own}, "b", {}).mode, MutualTls::kStrict);
  EXPECT_EQ(modes({all, own, one}, "a", {{"app", "x"}}).mode, MutualTls::kPermissive);
  EXPECT_EQ(modes({all, own, one}, "a", {{"app", "y"}}).mode, MutualTls::kDisable);
}

TEST(PeerModes, UnsetIsTheWiderScopes) {
  const auto all = peer("istio-system", "m", kStrict);
  const auto one = peer("a", "w", R"({"selector":{"matchLabels":{"app":"x"}},"portLevelMtls":{"80":{"mode":"DISABLE"},"81":{}}})");
  const auto found = modes({all, one}, "a", {{"app", "x"}});
  EXPECT_EQ(found.mode, MutualTls::kStrict);
  EXPECT_EQ(found.of(80), MutualTls::kDisable);
  EXPECT_EQ(found.of(81), MutualTls::kStrict);
  EXPECT_EQ(found.of(82), MutualTls::kStrict);
}

TEST(PeerModes, OfSeveralTheOldest) {
  const auto older = created_at(peer("a", "z", kStrict), 1), newer = created_at(peer("a", "a", kDisable), 2);
  EXPECT_EQ(modes({newer, older}, "a", {}).mode, MutualTls::kStrict);
  EXPECT_EQ(modes({newer, older}, "a", {}).from, std::vector{older->key});
}

TEST(PeerModes, SelectorsOfTheRootNamespaceChooseNobody) {
  const auto one = peer("istio-system", "w", R"({"selector":{"matchLabels":{"app":"x"}},"mtls":{"mode":"STRICT"}})");
  EXPECT_EQ(modes({one}, "a", {{"app", "x"}}).mode, MutualTls::kPermissive);
  EXPECT_EQ(modes({one}, "istio-system", {{"app", "x"}}).mode, MutualTls::kPermissive);
}

}  // namespace
}  // namespace amime::mesh
