#include "translate/patch/merge.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "translate/pack.h"

namespace amime::translate {
namespace {

using envoy::config::cluster::v3::Cluster;
using envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;

template <class T>
T parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

Cluster merged(const std::string& to, const std::string& patch, bool replace_lists = false) {
  Cluster cluster = parse<Cluster>(to);
  merge(parse<Cluster>(patch), replace_lists, &cluster);
  return cluster;
}

TEST(Merge, SetFieldsWinAndMessagesAreMerged) {
  const Cluster cluster = merged("name: 'a' alt_stat_name: 'b' common_lb_config { healthy_panic_threshold { value: 1 } }",
                                 "alt_stat_name: 'c' common_lb_config { ignore_new_hosts_until_first_hc: true }");
  EXPECT_EQ(cluster.ShortDebugString(),
            parse<Cluster>("name: 'a' alt_stat_name: 'c' common_lb_config { healthy_panic_threshold { value: 1 } "
                           "ignore_new_hosts_until_first_hc: true }")
                .ShortDebugString());
}

TEST(Merge, DurationsAreReplacedAtAnyDepth) {
  const Cluster cluster = merged("connect_timeout { seconds: 10 nanos: 5 } outlier_detection { interval { seconds: 9 nanos: 9 } }",
                                 "connect_timeout { nanos: 7 } outlier_detection { interval { seconds: 1 } }");
  EXPECT_EQ(cluster.connect_timeout().seconds(), 0);
  EXPECT_EQ(cluster.connect_timeout().nanos(), 7);
  EXPECT_EQ(cluster.outlier_detection().interval().nanos(), 0);
}

TEST(Merge, ListsAreAppendedToUnlessTheyAreToBeReplaced) {
  const char* had = "circuit_breakers { thresholds { max_connections { value: 1 } } }";
  const char* patch = "circuit_breakers { thresholds { max_connections { value: 2 } } }";
  EXPECT_EQ(merged(had, patch).circuit_breakers().thresholds_size(), 2);
  const Cluster replaced = merged(had, patch, true);
  ASSERT_EQ(replaced.circuit_breakers().thresholds_size(), 1);
  EXPECT_EQ(replaced.circuit_breakers().thresholds(0).max_connections().value(), 2u);
}

TEST(Merge, WhatIsPackedIsMergedIfItIsOfOneType) {
  google::protobuf::Any to, patch, other;
  pack(parse<TcpProxy>("stat_prefix: 'a' cluster: 'c'"), &to);
  pack(parse<TcpProxy>("stat_prefix: 'b'"), &patch);
  pack(Cluster(), &other);
  EXPECT_FALSE(merge_packed(other, &to));
  EXPECT_TRUE(merge_packed(patch, &to));
  TcpProxy proxy;
  ASSERT_TRUE(to.UnpackTo(&proxy));
  EXPECT_EQ(proxy.stat_prefix(), "b");
  EXPECT_EQ(proxy.cluster(), "c");
}

}  // namespace
}  // namespace amime::translate
