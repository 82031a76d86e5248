#include "translate/socket_address.h"

#include <gtest/gtest.h>

#include "envoy/config/core/v3/address.pb.h"

namespace amime::translate {
namespace {

using Strings = std::vector<std::string>;

TEST(SocketAddress, FamiliesFollowTheProxysOwnAddresses) {
  EXPECT_EQ(wildcards(families_of({})), Strings{"0.0.0.0"});
  EXPECT_EQ(wildcards(families_of({"10.0.0.1"})), Strings{"0.0.0.0"});
  EXPECT_EQ(wildcards(families_of({"fd00::1"})), Strings{"::"});
  EXPECT_EQ(wildcards(families_of({"10.0.0.1", "fd00::1"})), (Strings{"0.0.0.0", "::"}));
  EXPECT_EQ(local_hosts(families_of({"fd00::1", "10.0.0.1"})), (Strings{"127.0.0.1", "::1"}));
  EXPECT_TRUE(speaks({true, false}, "1.2.3.4"));
  EXPECT_FALSE(speaks({true, false}, "::1"));
}

TEST(SocketAddress, UnixSocketsArePipes) {
  envoy::config::core::v3::Address address;
  set_address("unix:///var/run/x.sock", 80, &address);
  EXPECT_EQ(address.pipe().path(), "/var/run/x.sock");
  set_address("10.0.0.1", 80, &address);
  EXPECT_EQ(address.socket_address().address(), "10.0.0.1");
  EXPECT_EQ(address.socket_address().port_value(), 80u);
}

TEST(SocketAddress, RangesAreComparedWithoutHostBits) {
  EXPECT_EQ(canonical_cidr("1.2.3.4/8"), "1.0.0.0/8");
  EXPECT_EQ(canonical_cidr("1.5.6.7/8"), canonical_cidr("1.2.3.4/8"));
  EXPECT_EQ(canonical_cidr("1.2.3.4"), "1.2.3.4/32");
  EXPECT_EQ(canonical_cidr("2001:db8::1/33"), "2001:db8::/33");
  EXPECT_EQ(canonical_cidr("0.0.0.0/0"), "");
  for (const auto* bad : {"", "1.2.3", "1.2.3.4/33", "1.2.3.4/x", "host.example"}) EXPECT_EQ(canonical_cidr(bad), "") << bad;
}

TEST(SocketAddress, ARangeKeepsWhatItsUserWrote) {
  envoy::config::core::v3::CidrRange range;
  ASSERT_TRUE(set_cidr("10.1.2.3/16", &range));
  EXPECT_EQ(range.address_prefix(), "10.1.2.3");
  EXPECT_EQ(range.prefix_len().value(), 16u);
  EXPECT_FALSE(set_cidr("nowhere", &range));
}

TEST(SocketAddress, OnlyPrivilegedPortsMove) {
  EXPECT_EQ(bindable_port(80), 10080u);
  EXPECT_EQ(bindable_port(1023), 11023u);
  EXPECT_EQ(bindable_port(1024), 1024u);
  EXPECT_EQ(bindable_port(0), 0u);
}

}  // namespace
}  // namespace amime::translate
