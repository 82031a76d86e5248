// That the checks find what they are there for: an empty list of findings must mean something.
#include "fuzz/constraints.h"

#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "fuzz/chain_matches.h"

namespace amime::test {
namespace {

TEST(ConstraintsTest, TextsNumbersDurationsAndEnums) {
  envoy::config::cluster::v3::Cluster cluster;
  EXPECT_EQ(broken_constraint(cluster), ".name: \"\" breaks min_len: 1");
  cluster.set_name("a");
  EXPECT_EQ(broken_constraint(cluster), "");
  cluster.mutable_connect_timeout();
  EXPECT_TRUE(broken_constraint(cluster).starts_with(".connect_timeout: ")) << broken_constraint(cluster);
  cluster.mutable_connect_timeout()->set_seconds(1);
  cluster.set_lb_policy(static_cast<envoy::config::cluster::v3::Cluster::LbPolicy>(99));
  EXPECT_TRUE(broken_constraint(cluster).starts_with(".lb_policy: ")) << broken_constraint(cluster);
}

TEST(ConstraintsTest, ListsOneofsAndWhatIsRequired) {
  envoy::config::route::v3::RouteConfiguration table;
  auto& host = *table.add_virtual_hosts();
  host.set_name("a");
  EXPECT_TRUE(broken_constraint(table).starts_with(".virtual_hosts[0].domains: 0 items break")) << broken_constraint(table);
  host.add_domains("a");
  auto& route = *host.add_routes();
  EXPECT_EQ(broken_constraint(table), ".virtual_hosts[0].routes[0].action: is required");
  route.mutable_direct_response()->set_status(200);
  EXPECT_TRUE(broken_constraint(table).starts_with(".virtual_hosts[0].routes[0].match: ")) << broken_constraint(table);
}

TEST(ConstraintsTest, WhatIsPacked) {
  envoy::config::listener::v3::Filter filter;
  filter.set_name("tcp");
  filter.mutable_typed_config()->PackFrom(envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy());
  EXPECT_TRUE(broken_constraint(filter).starts_with(".typed_config.<TcpProxy>.")) << broken_constraint(filter);
}

TEST(ChainMatchesTest, OneCombinationTwice) {
  envoy::config::listener::v3::Listener listener;
  auto* match = listener.add_filter_chains()->mutable_filter_chain_match();
  match->add_server_names("a");
  match->add_server_names("b");
  listener.add_filter_chains()->mutable_filter_chain_match()->add_server_names("c");
  EXPECT_EQ(overlapping_matches(listener), "");
  listener.add_filter_chains()->mutable_filter_chain_match()->add_server_names("b");
  EXPECT_NE(overlapping_matches(listener), "");
}

}  // namespace
}  // namespace amime::test
