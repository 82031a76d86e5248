#include "translate/hosts.h"

#include <gmock/gmock.h>

namespace amime::translate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Hosts, AWildcardCoversWhatEndsLikeIt) {
  EXPECT_TRUE(covers("*.com", "a.com"));
  EXPECT_TRUE(covers("*.com", "*.a.com"));
  EXPECT_TRUE(covers("*", "*.com"));
  EXPECT_TRUE(covers("a.com", "a.com"));
  EXPECT_FALSE(covers("*.a.com", "*.com"));
  EXPECT_FALSE(covers("*.a.com", "a.com"));
  EXPECT_FALSE(covers("a.com", "*.com"));
  EXPECT_TRUE(overlaps("*.a.com", "*.com"));
  EXPECT_FALSE(overlaps("*.a.com", "b.com"));
}

TEST(Hosts, NamesBeforeWildcardsLongerBeforeShorter) {
  EXPECT_TRUE(more_specific("a", "*.long.example.com"));
  EXPECT_TRUE(more_specific("*.b.com", "*.com"));
  EXPECT_TRUE(more_specific("a.com", "b.com"));
  EXPECT_FALSE(more_specific("b.com", "a.com"));
}

TEST(Hosts, IntersectionKeepsTheNarrowerHostOnce) {
  EXPECT_THAT(intersect_hosts({"foo.com", "bar.com"}, {"*.com"}), ElementsAre("foo.com", "bar.com"));
  EXPECT_THAT(intersect_hosts({"foo.com", "*.net"}, {"*.com", "bar.net"}), ElementsAre("foo.com", "bar.net"));
  EXPECT_THAT(intersect_hosts({"*"}, {"*.b.net", "a"}), ElementsAre("*.b.net", "a"));
  EXPECT_THAT(intersect_hosts({"*", "*.net"}, {"a.net"}), ElementsAre("a.net"));
  EXPECT_THAT(intersect_hosts({"foo.com"}, {"bar.com"}), IsEmpty());
}

TEST(Hosts, AServersHostsOfANamespace) {
  const std::vector<std::string> hosts{"ns1/foo.com", "gw/own.com", "plain.com"};
  EXPECT_THAT(hosts_for_namespace(hosts, "ns1"), ElementsAre("foo.com", "plain.com"));
  EXPECT_THAT(hosts_for_namespace(hosts, "gw"), ElementsAre("own.com", "plain.com"));
}

TEST(Hosts, GatewayNames) {
  EXPECT_EQ(resolve_gateway_name("mesh", "ns"), "mesh");
  EXPECT_EQ(resolve_gateway_name("gw", "ns"), "ns/gw");
  EXPECT_EQ(resolve_gateway_name("./gw", "ns"), "ns/gw");
  EXPECT_EQ(resolve_gateway_name("other/gw", "ns"), "other/gw");
  EXPECT_EQ(resolve_gateway_name("gw.other.svc.cluster.local", "ns"), "other/gw");
}

TEST(Hosts, Ipv6StandsInBrackets) {
  EXPECT_EQ(host_and_port("a.com", 80), "a.com:80");
  EXPECT_EQ(host_and_port("fd00::1", 80), "[fd00::1]:80");
  EXPECT_EQ(bracketed("10.0.0.1"), "10.0.0.1");
}

}  // namespace
}  // namespace amime::translate
