#include "mesh/host.h"

#include <gtest/gtest.h>

#include "mesh/mesh.h"

namespace amime::mesh {
namespace {

TEST(Host, ShortNamesAreCompleted) {
  EXPECT_EQ(resolve_host("reviews", "default"), "reviews.default.svc.cluster.local");
  EXPECT_EQ(resolve_host("reviews.other", "default"), "reviews.other");
  EXPECT_EQ(resolve_host("*", "default"), "*");
  EXPECT_EQ(resolve_host("::1", "default"), "::1");
  EXPECT_EQ(resolve_host("", "default"), "");
  EXPECT_EQ(resolve_host("a", "ns", "corp"), "a.ns.svc.corp");
}

TEST(Host, PatternsCover) {
  EXPECT_TRUE(host_matches("foo.com", "foo.com"));
  EXPECT_FALSE(host_matches("foo.com", "bar.com"));
  EXPECT_TRUE(host_matches("*.com", "foo.com"));
  EXPECT_FALSE(host_matches("foo.com", "*.com"));
  EXPECT_FALSE(host_matches("*.foo.com", "foo.com"));
  EXPECT_TRUE(host_matches("*", "foo.com"));
  EXPECT_TRUE(host_matches("*", "*.com"));
  EXPECT_TRUE(host_matches("*.com", "*.foo.com"));
  EXPECT_FALSE(host_matches("*.foo.com", "*.com"));
  EXPECT_TRUE(host_matches("*-foo.com", "a-foo.com"));
}

TEST(Host, OverlapHasNoDirection) {
  EXPECT_TRUE(hosts_overlap("*.com", "foo.com") && hosts_overlap("foo.com", "*.com"));
  EXPECT_TRUE(hosts_overlap("*.foo.com", "*.com"));
  EXPECT_FALSE(hosts_overlap("*.foo.com", "*.bar.com"));
}

TEST(Host, GatewayNames) {
  EXPECT_EQ(resolve_gateway("gw", "ns"), "ns/gw");
  EXPECT_EQ(resolve_gateway("./gw", "ns"), "ns/gw");
  EXPECT_EQ(resolve_gateway("other/gw", "ns"), "other/gw");
  EXPECT_EQ(resolve_gateway("gw.other.svc.cluster.local", "ns"), "other/gw");
  EXPECT_EQ(resolve_gateway("gw.other", "ns"), "other/gw");
}

TEST(Host, Addresses) {
  EXPECT_TRUE(is_ip("10.0.0.1") && is_ip("2001:db8::1"));
  EXPECT_FALSE(is_ip("10.0.0") || is_ip("10.0.0.0/8") || is_ip("example.com") || is_ip(""));
}

TEST(Selector, EveryPairCounts) {
  Labels labels{{"app", "x"}, {"version", "v1"}};
  EXPECT_TRUE(selects({{"app", "x"}}, labels));
  EXPECT_TRUE(selects({}, labels));
  EXPECT_FALSE(selects({{"app", "x"}, {"version", "v2"}}, labels));
  EXPECT_FALSE(selects({{"tier", "x"}}, labels));
}

}  // namespace
}  // namespace amime::mesh
