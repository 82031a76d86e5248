#include "translate/chain.h"

#include <gtest/gtest.h>

#include "envoy/config/listener/v3/listener_components.pb.h"

namespace amime::translate {
namespace {

ChainMatch match(std::vector<std::string> names, std::vector<std::string> cidrs = {}, std::vector<std::string> protocols = {}) {
  return {std::move(names), std::move(cidrs), std::move(protocols), ""};
}

TEST(ChainMatch, StarMatchesEveryName) {
  EXPECT_TRUE(match({}).matches_all());
  EXPECT_TRUE(match({"*", "a.com"}).matches_all());
  EXPECT_FALSE(match({"a.com"}).matches_all());
  EXPECT_FALSE(match({}, {"10.0.0.0/8"}).matches_all());
  EXPECT_FALSE(match({}, {}, {"h2c"}).matches_all());
}

TEST(ChainMatch, SameConnectionsAreFoundHoweverTheyAreWritten) {
  EXPECT_TRUE(match({"a", "b"}).same_as(match({"b", "a"})));
  EXPECT_TRUE(match({"*"}).same_as(match({})));
  EXPECT_TRUE(match({}, {"1.2.3.4/8"}).same_as(match({}, {"1.5.6.7/8"})));
  EXPECT_TRUE(match({}, {"0.0.0.0/0"}).same_as(match({})));
  EXPECT_FALSE(match({"a"}).same_as(match({"b"})));
  EXPECT_FALSE(match({}, {"10.0.0.0/8"}).same_as(match({}, {"10.0.0.0/9"})));
  EXPECT_FALSE(match({}, {}, {"h2c"}).same_as(match({})));
}

TEST(ChainMatch, OneNameInCommonIsAnOverlap) {
  EXPECT_TRUE(match({"a", "b"}).overlaps(match({"b", "c"})));
  EXPECT_FALSE(match({"a"}).overlaps(match({"b"})));
  EXPECT_TRUE(match({"a", "b"}).overlaps(match({"B"}))) << "names have no case";
  EXPECT_FALSE(match({"a"}).overlaps(match({}))) << "Envoy tells a name from every name";
  EXPECT_FALSE(match({"a", "*"}).overlaps(match({"a"})));
  EXPECT_TRUE(match({"a"}, {"10.0.0.1", "10.0.0.2"}).overlaps(match({"a"}, {"10.0.0.2"})));
  EXPECT_FALSE(match({"a"}, {"10.0.0.1"}).overlaps(match({"a"}, {"10.0.0.2"})));
  EXPECT_FALSE(match({"a"}, {}, {"h2"}).overlaps(match({"a"})));
}

TEST(ChainMatch, WhatIsTakenIsYielded) {
  const auto rest = [](ChainMatch in, const ChainMatch& other) {
    const bool left = in.yield_to(other);
    return std::pair(left, std::pair(in.sni_hosts, in.destination_cidrs));
  };
  using Left = std::pair<std::vector<std::string>, std::vector<std::string>>;
  EXPECT_EQ(rest(match({"b", "c"}), match({"a", "b"})), std::pair(true, Left({"c"}, {})));
  EXPECT_EQ(rest(match({"b"}, {"10.0.0.1", "10.0.0.2"}), match({"a", "b"}, {"10.0.0.1"})), std::pair(true, Left({"b"}, {"10.0.0.2/32"})));
  EXPECT_EQ(rest(match({"d"}), match({"a"})), std::pair(true, Left({"d"}, {})));
  EXPECT_FALSE(match({"b"}).yield_to(match({"a", "b"})));
  EXPECT_FALSE(match({}).yield_to(match({})));
}

TEST(ChainMatch, FillSortsAndLeavesOutWhatMatchesEverything) {
  envoy::config::listener::v3::FilterChainMatch out;
  ChainMatch in{{"b.com", "a.com"}, {"10.2.0.0/16", "10.1.0.1", "0.0.0.0/0"}, {"http/1.1"}, "raw_buffer"};
  in.fill(&out);
  ASSERT_EQ(out.server_names_size(), 2);
  EXPECT_EQ(out.server_names(0), "a.com");
  ASSERT_EQ(out.prefix_ranges_size(), 2);
  EXPECT_EQ(out.prefix_ranges(0).address_prefix(), "10.1.0.1");
  EXPECT_EQ(out.prefix_ranges(0).prefix_len().value(), 32u);
  EXPECT_EQ(out.application_protocols(0), "http/1.1");
  EXPECT_EQ(out.transport_protocol(), "raw_buffer");
}

TEST(ChainMatch, Http10IsLookedForOnlyWhereItIsAllowed) {
  EXPECT_EQ(plaintext_http_protocols(false), (std::vector<std::string>{"http/1.1", "h2c"}));
  EXPECT_EQ(plaintext_http_protocols(true).front(), "http/1.0");
}

}  // namespace
}  // namespace amime::translate
