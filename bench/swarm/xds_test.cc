#include "swarm/xds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "swarm/test_messages.h"

namespace amime::bench {
namespace {

using testing::ElementsAre;

TEST(Xds, ParsesADeltaResponse) {
  const std::string message = test::delta_response(Type::vhds, "n1", {{"80/a", "resource"}}, {"80/b"});
  const auto response = parse_response(Protocol::delta, message);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->type, Type::vhds);
  EXPECT_EQ(response->nonce, "n1");
  ASSERT_EQ(response->items.size(), 1u);
  EXPECT_EQ(response->items[0].name, "80/a");
  EXPECT_EQ(response->items[0].value, "resource");
  EXPECT_THAT(response->removed, ElementsAre("80/b"));
}

TEST(Xds, ParsesAStateOfTheWorldResponse) {
  const std::string message = test::sotw_response(Type::eds, "v7", "n1", {{"", "one"}, {"", "two"}});
  const auto response = parse_response(Protocol::sotw, message);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->version, "v7");
  ASSERT_EQ(response->items.size(), 2u);
  EXPECT_EQ(response->items[1].value, "two");
}

TEST(Xds, IgnoresTypesThatItDoesNotAskFor) {
  EXPECT_FALSE(parse_response(Protocol::delta, test::field(4, "type.googleapis.com/envoy.Other")));
}

TEST(Xds, TellsSubscriptionsFromAnswers) {
  for (Protocol protocol : {Protocol::delta, Protocol::sotw}) {
    const auto subscription =
        parse_request_kind(protocol, encode_request(protocol, {.type = Type::eds, .node = "n", .subscribe = {"a", "b"}}));
    ASSERT_TRUE(subscription);
    EXPECT_EQ(subscription->type, Type::eds);
    EXPECT_FALSE(subscription->answers);
    const auto answer = parse_request_kind(protocol, encode_request(protocol, {.type = Type::lds, .version = "v", .nonce = "n1"}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, Type::lds);
    EXPECT_TRUE(answer->answers);
  }
}

TEST(Xds, OnlyEdsClustersHaveEndpointNames) {
  EXPECT_EQ(eds_name_of(test::eds_cluster("outbound|80||a")), "outbound|80||a");
  EXPECT_EQ(eds_name_of(test::static_cluster("BlackHoleCluster")), "");
}

TEST(Xds, FindsTheTablesOfAllFilterChains) { EXPECT_THAT(tables_of(test::listener("l", {"80", "8080"})), ElementsAre("80", "8080")); }

TEST(Xds, KnowsATableWithVhds) {
  EXPECT_TRUE(has_vhds(test::table("80", true)));
  EXPECT_FALSE(has_vhds(test::table("80", false)));
}

}  // namespace
}  // namespace amime::bench
