#include "agent/dns/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/dns/dns_testing.h"

namespace amime::agent {
namespace {

using testing::ElementsAre;

const std::string kTenOne("\x0a\0\0\x01", 4), kTenTwo("\x0a\0\0\x02", 4);

TEST(DnsPacketTest, ReadsWhatGlibcWrites) {
  const auto reading = read_dns_query(dns_query("Reviews.Default.svc", kDnsAaaa, 0x1234, 4096));
  ASSERT_EQ(reading.verdict, DnsReading::kAnswer);
  EXPECT_EQ(reading.query.name, "reviews.default.svc");
  EXPECT_EQ(reading.query.type, kDnsAaaa);
  EXPECT_EQ(reading.query.id, 0x1234);
  EXPECT_TRUE(reading.query.edns);
  EXPECT_EQ(reading.query.udp_limit(), 4096u);
  EXPECT_EQ(read_dns_query(dns_query("a", kDnsA)).query.udp_limit(), 512u);
}

TEST(DnsPacketTest, WhatIsBrokenIsRefusedOrDropped) {
  const std::string good = dns_query("reviews", kDnsA, 7, 1232);
  EXPECT_EQ(read_dns_query(good.substr(0, 11)).verdict, DnsReading::kDrop);
  for (std::size_t size = 12; size < good.size(); ++size) {
    const auto reading = read_dns_query(std::string_view(good).substr(0, size));
    EXPECT_EQ(reading.verdict, DnsReading::kRefuse) << size;
    EXPECT_EQ(reading.code, DnsCode::kFormatError) << size;
  }
  std::string answer = good;
  answer[2] = static_cast<char>(answer[2] | 0x80);
  EXPECT_EQ(read_dns_query(answer).verdict, DnsReading::kDrop) << "an answer is never answered";
  std::string notify = good;
  notify[2] = static_cast<char>(notify[2] | 0x20);
  EXPECT_EQ(read_dns_query(notify).code, DnsCode::kNotImplemented);
  std::string pointer = good;
  pointer[12] = static_cast<char>(0xc0);
  EXPECT_EQ(read_dns_query(pointer).code, DnsCode::kFormatError);
}

TEST(DnsPacketTest, WritesAnswersThatGlibcReads) {
  const std::string packet = dns_query("Reviews", kDnsA, 9);
  const auto reading = read_dns_query(packet);
  const auto reply = read_test_reply(write_dns_answer(packet, reading.query, {{}, {kTenOne, kTenTwo}}, 512));
  EXPECT_EQ(reply.id, 9);
  EXPECT_EQ(reply.code, 0);
  EXPECT_TRUE(reply.authoritative);
  EXPECT_FALSE(reply.truncated || reply.edns);
  EXPECT_THAT(reply.answers, ElementsAre("Reviews 30 A 10.0.0.1", "Reviews 30 A 10.0.0.2"));
}

TEST(DnsPacketTest, AnAliasComesBeforeWhatItStandsFor) {
  const std::string packet = dns_query("db.example.com.default.svc.cluster.local", kDnsA, 9, 1232);
  const auto reading = read_dns_query(packet);
  const auto reply = read_test_reply(write_dns_answer(packet, reading.query, {"db.example.com", {kTenOne}}, 1232));
  EXPECT_THAT(reply.answers,
              ElementsAre("db.example.com.default.svc.cluster.local 30 CNAME db.example.com", "db.example.com 30 A 10.0.0.1"));
  EXPECT_TRUE(reply.edns);
}

TEST(DnsPacketTest, WhatDoesNotFitIsLeftOutAndSaid) {
  const std::string packet = dns_query("pods", kDnsA, 9);
  const auto reading = read_dns_query(packet);
  const DnsAnswer many{{}, std::vector<std::string>(100, kTenOne)};
  const std::string cut = write_dns_answer(packet, reading.query, many, 512);
  EXPECT_LE(cut.size(), 512u);
  EXPECT_TRUE(read_test_reply(cut).truncated);
  EXPECT_EQ(read_test_reply(cut).answers.size(), 30u);
  const auto whole = read_test_reply(write_dns_answer(packet, reading.query, many, kMaxDnsMessage));
  EXPECT_FALSE(whole.truncated);
  EXPECT_EQ(whole.answers.size(), 100u);
}

TEST(DnsPacketTest, OnlyAnAnswerToTheQuestionCounts) {
  const std::string packet = dns_query("a.example", kDnsA, 9);
  const std::string reply = resolver_reply(packet, "10.0.0.1");
  EXPECT_TRUE(is_dns_reply(reply, packet, 9));
  EXPECT_FALSE(is_dns_reply(reply, packet, 10));
  EXPECT_FALSE(is_dns_reply(packet, packet, 9));
  EXPECT_FALSE(is_dns_reply(reply, dns_query("b.example", kDnsA, 9), 9));
  EXPECT_FALSE(is_dns_reply(reply, dns_query("a.example", kDnsAaaa, 9), 9));
}

}  // namespace
}  // namespace amime::agent
