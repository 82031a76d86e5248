#include "delivery/debug_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/peer.h"
#include "delivery/secure_port.h"

namespace amime::delivery {
namespace {

using ::testing::HasSubstr;

const Viewer kHere{true, std::nullopt}, kStranger{}, kCart{false, ProvenPeer{"shop", "cart"}},
    kAdmin{false, ProvenPeer{"istio-system", "kiali", true}};

TEST(DebugAccess, ThisMachineAndTheRootNamespaceSeeAll) {
  for (const Viewer& viewer : {kHere, kAdmin})
    for (const char* page : {"", "syncz", "configz", "config_dump", "rehearse", "no-such-page"})
      EXPECT_EQ(*namespace_in_sight(viewer, page), "") << page;
}

TEST(DebugAccess, OthersSeeWhatOneOfTheirOwnProxiesHas) {
  for (const char* page : {"config_dump", "ndsz", "edsz"}) EXPECT_EQ(*namespace_in_sight(kCart, page), "shop") << page;
  for (const char* page :
       {"", "syncz", "configz", "objects", "endpointz", "connections", "mesh", "rehearse", "config_dump/", "CONFIG_DUMP"}) {
    const auto status = namespace_in_sight(kCart, page).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << page;
    EXPECT_THAT(std::string(status.message()), HasSubstr("of shop"));
  }
}

TEST(DebugAccess, StrangersAreToldWhatToDo) {
  for (const char* page : {"", "syncz", "config_dump"}) {
    const auto status = namespace_in_sight(kStranger, page).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_THAT(std::string(status.message()), HasSubstr("--jwt-rule"));
  }
}

TEST(DebugAccess, WhoIsAtTheOtherEnd) {
  const SecretRules rules;
  EXPECT_FALSE(viewer_of(nullptr).local);
  EXPECT_TRUE(viewer_of(make_peer("ipv4:127.0.0.1:5", "", rules).get()).local);
  EXPECT_TRUE(viewer_of(make_peer("ipv6:[::1]:5", "", rules).get()).local);
  EXPECT_FALSE(viewer_of(make_peer("ipv4:10.0.0.1:5", "", rules).get()).local);
  EXPECT_FALSE(viewer_of(make_peer("unix:127.0.0.1:5", "", rules).get()).local);
  // On the secure port who is on this machine proves who it is as well.
  const auto proven = viewer_of(make_proven_peer("ipv4:127.0.0.1:5", {"shop", "cart"}).get());
  EXPECT_FALSE(proven.local);
  EXPECT_EQ(proven.proven->ns, "shop");
}

}  // namespace
}  // namespace amime::delivery
