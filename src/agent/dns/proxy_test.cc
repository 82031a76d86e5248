#include "agent/dns/proxy.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "agent/dns/dns_testing.h"
#include "agent/dns/resolv_conf.h"
#include "base/metrics.h"

namespace amime::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kServFail = 2, kFormErr = 1;

class DnsProxyTest : public testing::Test {
 protected:
  // `upstream`: what the machine's resolver answers.
  void start(TestResolver::Answer upstream, std::chrono::milliseconds timeout = std::chrono::milliseconds(2000), bool early = false) {
    resolver_ = std::make_unique<TestResolver>(std::move(upstream));
    DnsProxyOptions options;
    options.address = "localhost:0";
    options.context = {.ns = "default", .search = "default.svc.cluster.local"};
    options.upstream = {.servers = {"127.0.0.1"}, .port = resolver_->port(), .timeout = timeout, .max_pending = 8};
    options.ask_upstream_before_names = early;
    options.metrics = &metrics_;
    auto proxy = DnsProxy::start(options);
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
  }
  TestReply udp(const std::string& name, std::uint16_t type = kDnsA, std::uint16_t udp_size = 0) {
    return read_test_reply(udp_ask(proxy_->port(), dns_query(name, type, 77, udp_size)));
  }
  TestReply tcp(const std::string& name) { return read_test_reply(tcp_ask(proxy_->port(), {dns_query(name, kDnsA, 78)})); }

  base::MetricsRegistry metrics_;
  std::unique_ptr<TestResolver> resolver_;
  std::unique_ptr<DnsProxy> proxy_;
};

std::string from_elsewhere(const std::string& query, bool) { return resolver_reply(query, "192.0.2.1"); }

TEST_F(DnsProxyTest, AnswersNamesOfTheMeshItselfAndAsksForOthers) {
  start(from_elsewhere);
  EXPECT_EQ(udp("reviews").code, kServFail) << "there is no table yet";
  EXPECT_FALSE(proxy_->has_names());
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"reviews.default.svc.cluster.local", {"10.0.0.1", "fd00::1"}}})).ok());
  EXPECT_THAT(udp("reviews").answers, ElementsAre("reviews 30 A 10.0.0.1"));
  EXPECT_THAT(udp("reviews", kDnsAaaa).answers, ElementsAre("reviews 30 AAAA fd00::1"));
  EXPECT_THAT(tcp("reviews.default").answers, ElementsAre("reviews.default 30 A 10.0.0.1"));
  EXPECT_EQ(resolver_->asked(), 0);
  const auto other = udp("example.org");
  EXPECT_THAT(other.answers, ElementsAre("example.org 60 A 192.0.2.1"));
  EXPECT_EQ(other.id, 77) << "the client's, not the one that the resolver saw";
  EXPECT_EQ(tcp("example.org").addresses(), std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(resolver_->asked(), 2);
  EXPECT_THAT(metrics_.text(), HasSubstr("istio_agent_dns_upstream_requests_total 2"));
  EXPECT_THAT(proxy_->names_json(), HasSubstr("fd00::1"));
}

TEST_F(DnsProxyTest, AnswersAtIpv6Too) {
  start(from_elsewhere);
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"a.com", {"10.0.0.1"}}})).ok());
  const std::string reply = udp_ask(proxy_->port(), dns_query("a.com", kDnsA), true);
  EXPECT_THAT(read_test_reply(reply).addresses(), ElementsAre("10.0.0.1"));
}

TEST_F(DnsProxyTest, BeforeThereAreNamesTheResolverAnswersWhereAsked) {
  start(from_elsewhere, std::chrono::milliseconds(2000), true);
  EXPECT_THAT(udp("example.org").addresses(), ElementsAre("192.0.2.1"));
}

TEST_F(DnsProxyTest, ABadTableLeavesTheGoodOneInForce) {
  start(from_elsewhere);
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"a.com", {"10.0.0.1"}}})).ok());
  EXPECT_FALSE(proxy_->set_names("\xff\xff").ok());
  EXPECT_THAT(udp("a.com").addresses(), ElementsAre("10.0.0.1"));
}

TEST_F(DnsProxyTest, WhatIsTooLongForUdpComesByTcp) {
  start(from_elsewhere);
  std::vector<std::string> ips;
  for (int i = 0; i < 200; ++i) ips.push_back(fmt::format("10.0.1.{}", i));
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"pods.com", ips}})).ok());
  EXPECT_TRUE(udp("pods.com").truncated);
  EXPECT_FALSE(udp("pods.com", kDnsA, 4096).truncated);
  EXPECT_EQ(udp("pods.com", kDnsA, 4096).answers.size(), 200u);
  EXPECT_EQ(tcp("pods.com").answers.size(), 200u);
  std::set<std::string> firsts;
  for (int i = 0; i < 20; ++i) firsts.insert(udp("pods.com", kDnsA, 4096).answers.front());
  EXPECT_GT(firsts.size(), 1u) << "clients take the first";
}

TEST_F(DnsProxyTest, AResolversLongReplyIsCutToWhatTheClientTakes) {
  start([](const std::string& query, bool) { return resolver_reply(query, "192.0.2.1") + std::string(600, '\0'); });
  ASSERT_TRUE(proxy_->set_names("").ok());
  const std::string reply = udp_ask(proxy_->port(), dns_query("example.org", kDnsA));
  EXPECT_LE(reply.size(), 512u);
  EXPECT_TRUE(read_test_reply(reply).truncated);
}

TEST_F(DnsProxyTest, EdnsReachesTheResolver) {
  std::string seen;
  start([&seen](const std::string& query, bool) {
    seen = query;
    return resolver_reply(query, "192.0.2.1");
  });
  ASSERT_TRUE(proxy_->set_names("").ok());
  const std::string query = dns_query("example.org", kDnsA, 77, 1400);
  ASSERT_FALSE(udp_ask(proxy_->port(), query).empty());
  EXPECT_EQ(seen.substr(2), query.substr(2));
}

TEST_F(DnsProxyTest, LiesDoNotCount) {
  start(
      [](const std::string& query, bool) {
        std::string lie = resolver_reply(query, "203.0.113.66");
        lie[0] = static_cast<char>(lie[0] ^ 0x55);
        return lie;
      },
      std::chrono::milliseconds(50));
  ASSERT_TRUE(proxy_->set_names("").ok());
  EXPECT_EQ(udp("example.org").code, kServFail);
}

TEST_F(DnsProxyTest, ASilentResolverIsAskedAgainAndThenGivenUp) {
  start([](const std::string&, bool) { return std::string(); }, std::chrono::milliseconds(50));
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"a.com", {"10.0.0.1"}}})).ok());
  EXPECT_EQ(udp("example.org").code, kServFail);
  EXPECT_EQ(resolver_->asked(), 2);
  EXPECT_THAT(udp("a.com").addresses(), ElementsAre("10.0.0.1"));
  EXPECT_THAT(metrics_.text(), HasSubstr("istio_agent_dns_upstream_failures_total 1"));
}

TEST_F(DnsProxyTest, AResolverThatIsDownFailsAtOnce) {
  start(from_elsewhere, std::chrono::seconds(30));
  ASSERT_TRUE(proxy_->set_names("").ok());
  resolver_.reset();
  EXPECT_EQ(udp("example.org").code, kServFail);
  EXPECT_EQ(tcp("example.org").code, kServFail);
}

TEST_F(DnsProxyTest, NonsenseIsRefusedAndAnswersAreIgnored) {
  start(from_elsewhere);
  ASSERT_TRUE(proxy_->set_names(test_name_table({{"a.com", {"10.0.0.1"}}})).ok());
  const std::string query = dns_query("a.com", kDnsA);
  EXPECT_EQ(read_test_reply(udp_ask(proxy_->port(), query.substr(0, 15))).code, kFormErr);
  EXPECT_THAT(tcp_ask(proxy_->port(), {"x"}), IsEmpty()) << "the connection ends";
  EXPECT_THAT(read_test_reply(tcp_ask(proxy_->port(), {query, query, query})).addresses(), ElementsAre("10.0.0.1"));
}

// Every answer is from one table or the other, and from the newest once it has been set.
TEST_F(DnsProxyTest, TenThousandQueriesWhileNamesChange) {
  constexpr int kHosts = 50;
  start(from_elsewhere);
  const auto table = [](int version) {
    std::vector<std::pair<std::string, std::vector<std::string>>> hosts;
    for (int i = 0; i < kHosts; ++i)
      hosts.push_back({fmt::format("host-{}.com", i), {fmt::format("10.{}.0.{}", version, i), fmt::format("10.{}.1.{}", version, i)}});
    return test_name_table(hosts);
  };
  ASSERT_TRUE(proxy_->set_names(table(0)).ok());
  std::atomic<int> newest = 0, coming = 0;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int version = 1; !done; version = version % 200 + 1) {
      coming = version;
      ASSERT_TRUE(proxy_->set_names(table(version)).ok());
      newest = version;
    }
  });
  int wrong = 0, lost = 0;
  for (int i = 0; i < 10'000; ++i) {
    const int host = i % kHosts;
    const int before = newest;
    const auto reply = udp(fmt::format("host-{}.com", host));
    const int after = coming;
    const auto addresses = reply.addresses();
    lost += reply.code != 0;
    if (addresses.size() != 2) {
      ++wrong;
      continue;
    }
    const int version = std::stoi(addresses[0].substr(3));
    const bool one_table =
        addresses[0] == fmt::format("10.{}.0.{}", version, host) && addresses[1] == fmt::format("10.{}.1.{}", version, host);
    const bool in_time = before <= after ? version >= before && version <= after : version >= before || version <= after;
    wrong += !one_table || !in_time;
  }
  done = true;
  writer.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(resolver_->asked(), 0);
}

TEST_F(DnsProxyTest, QuestionsUnderWayAreBounded) {
  start([](const std::string&, bool) { return std::string(); }, std::chrono::milliseconds(700));
  ASSERT_TRUE(proxy_->set_names("").ok());
  std::vector<std::thread> clients;
  std::atomic<int> failed = 0;
  for (int i = 0; i < 30; ++i) clients.emplace_back([&] { failed += udp("example.org").code == kServFail; });
  for (auto& client : clients) client.join();
  EXPECT_EQ(failed, 30);
  EXPECT_LE(resolver_->asked(), 16) << "eight at a time, each twice; the others were failed at once";
}

TEST(DnsProxyStartTest, SaysWhyItCannot) {
  DnsProxyOptions options;
  options.resolv_conf = testing::TempDir() + "/there-is-none";
  EXPECT_TRUE(absl::IsNotFound(DnsProxy::start(options).status()));
  options.upstream.servers = {"127.0.0.1"};
  options.context.search = "x";
  options.address = "localhost";
  EXPECT_TRUE(absl::IsInvalidArgument(DnsProxy::start(options).status()));
  options.address = "127.0.0.1:0";
  const auto first = DnsProxy::start(options);
  ASSERT_TRUE(first.ok());
  options.address = fmt::format("127.0.0.1:{}", (*first)->port());
  EXPECT_TRUE(absl::IsAlreadyExists(DnsProxy::start(options).status()));
}

TEST(ResolvConfTest, ReadsServersAndTheLastSearchList) {
  const auto conf = parse_resolv_conf(
      "# nameserver 9.9.9.9\nnameserver 10.0.0.10\nnameserver\tfd00::a\nsearch a.com\noptions ndots:5\nsearch Default.svc.cluster.local. "
      "svc.cluster.local\n");
  EXPECT_THAT(conf.servers, ElementsAre("10.0.0.10", "fd00::a"));
  EXPECT_THAT(conf.search, ElementsAre("default.svc.cluster.local", "svc.cluster.local"));
}

}  // namespace
}  // namespace amime::agent
