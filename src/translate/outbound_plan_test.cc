#include "translate/outbound_plan.h"

#include <gtest/gtest.h>

namespace amime::translate {
namespace {

TEST(OutboundSubject, APlanComesBackAsItWas) {
  ListenerPlan plan{2, {"0.0.0.0", "::"}, 443, true, {}};
  plan.asks.push_back({mesh::Protocol::kHttp, "", 0, false, {}});
  plan.asks.push_back({mesh::Protocol::kTls, "*.example.com", 8443, true, true, {"10.0.0.0/8", "fd00::/16"}});
  EXPECT_EQ(decode_listener(encode(plan)), plan);
  EXPECT_EQ(decode_listener(encode(ListenerPlan{0, {"unix:///tmp/x"}, 0, true, {}})).binds.front(), "unix:///tmp/x");
}

TEST(OutboundSubject, PodsComeBackToo) {
  PodsPlan plan{1, 9090, {{mesh::Protocol::kUnset, "a.b", 9090, false, {}}}, {"10.0.0.1", "fd00::1"}};
  const auto back = decode_pods(encode(plan));
  EXPECT_EQ(back.egress, 1u);
  EXPECT_EQ(back.port, 9090u);
  EXPECT_EQ(back.asks, plan.asks);
  EXPECT_EQ(back.taken, plan.taken);
}

TEST(OutboundSubject, OneListenerForAllHttpServicesOfAPortHasOneSubject) {
  ListenerPlan one{0, {"0.0.0.0"}, 80, false, {ListenerAsk{}}};
  EXPECT_EQ(encode(one).find("svc"), std::string::npos);
}

}  // namespace
}  // namespace amime::translate
