#include "local/addresses.h"

#include <gtest/gtest.h>

#include <set>

namespace amime::local {
namespace {

TEST(Addresses, AreStableAndAllDifferent) {
  AddressPlan plan(77);
  EXPECT_EQ(plan.of("a"), (Addresses{"127.77.1.1", "127.77.2.1", "127.77.3.1"}));
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto made = plan.of("w" + std::to_string(i));
    for (const auto& address : {made.inbound, made.bind, made.app}) EXPECT_TRUE(seen.insert(address).second) << address;
  }
  EXPECT_EQ(plan.of("a").inbound, "127.77.1.1");
  EXPECT_EQ(plan.of("w249").inbound, "127.77.4.1");  // the 251st
}

TEST(Addresses, BlocksAreHeldAgainstOthers) {
  auto first = AddressBlock::take(150);
  auto second = AddressBlock::take(150);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->number(), second->number());
  const unsigned freed = second->number();
  { AddressBlock gone = std::move(*second); }
  EXPECT_EQ(AddressBlock::take(freed)->number(), freed);
}

TEST(Addresses, PortsThatTheUserMayNotBindMove) {
  const PortRule user;
  EXPECT_EQ(PortRule{80}.local(80), 80u);
  EXPECT_EQ(user.local(80), 10080u);
  EXPECT_EQ(user.local(9080), 9080u);
  EXPECT_EQ(user.gateway(80), 8080u);
  EXPECT_EQ(user.gateway(443), 8443u);
  EXPECT_EQ(user.gateway(81), 10081u);
}

}  // namespace
}  // namespace amime::local
