#include "delivery/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace amime::delivery {
namespace {

using ::testing::HasSubstr;

TEST(Peer, ParsesGrpcsAddresses) {
  EXPECT_EQ(parse_peer("ipv4:127.0.0.1:1234")->ip, "127.0.0.1");
  EXPECT_EQ(parse_peer("ipv4:127.0.0.1:1234")->port, 1234);
  EXPECT_EQ(parse_peer("ipv6:[::1]:99")->ip, "::1");
  EXPECT_EQ(parse_peer("ipv6:%5B::1%5D:99")->ip, "::1");
  EXPECT_FALSE(parse_peer("unix:/tmp/x"));
  EXPECT_FALSE(parse_peer("ipv4:127.0.0.1"));
  EXPECT_FALSE(parse_peer("ipv4:127.0.0.1:x"));
}

TEST(Peer, KnowsLoopback) {
  for (const char* ip : {"127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"}) EXPECT_TRUE((SocketAddress{ip, 1}.loopback())) << ip;
  for (const char* ip : {"10.0.0.1", "::2", "128.0.0.1"}) EXPECT_FALSE((SocketAddress{ip, 1}.loopback())) << ip;
}

TEST(Peer, ComparesTokens) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

class PeerTest : public ::testing::Test {
 protected:
  PeerTest() : directory(std::filesystem::path(::testing::TempDir()) / ("peer." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(directory);
    rules.proc_net = directory;
    rules.own_uid = 1000;
    // 127.0.0.1:1234 of user 1000, :1235 of user 1001, :1236 of root, :1237 listening
    std::ofstream(directory / "tcp")
        << "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
           "   0: 0100007F:04D2 0100007F:3A9C 01 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n"
           "   1: 0100007F:04D3 0100007F:3A9C 01 00000000:00000000 00:00000000 00000000  1001        0 1 1 0\n"
           "   2: 0100007F:04D4 0100007F:3A9C 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n"
           "   3: 0100007F:04D5 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n";
    std::ofstream(directory / "tcp6") << "header\n"
                                         "   0: 0000000000000000FFFF00000100007F:04D6 0:0 01 0:0 0:0 0  1000 0 1\n"
                                         "   1: 00000000000000000000000001000000:04D7 0:0 01 0:0 0:0 0  1000 0 1\n";
  }
  ~PeerTest() override { std::filesystem::remove_all(directory); }
  bool allowed(const std::string& peer, const std::string& authorization = "") {
    return make_peer(peer, authorization, rules)->may_have_secrets(&why);
  }
  const std::filesystem::path directory;
  SecretRules rules;
  std::string why;
};

TEST_F(PeerTest, OurUserAndRootOnLoopback) {
  EXPECT_TRUE(allowed("ipv4:127.0.0.1:1234")) << why;
  EXPECT_TRUE(allowed("ipv4:127.0.0.1:1236")) << why;
  EXPECT_TRUE(allowed("ipv4:127.0.0.1:1238")) << why;  // an IPv6 socket that speaks IPv4
  EXPECT_TRUE(allowed("ipv6:[::1]:1239")) << why;
}

TEST_F(PeerTest, OthersNeedTheToken) {
  EXPECT_FALSE(allowed("ipv4:127.0.0.1:1235"));
  EXPECT_THAT(why, HasSubstr("user 1001"));
  EXPECT_FALSE(allowed("ipv4:127.0.0.1:1237")) << "a listening socket is no connection";
  EXPECT_FALSE(allowed("ipv4:127.0.0.1:1235", "Bearer ")) << "without a token of ours none is right";
  rules.token = "secret";
  EXPECT_FALSE(allowed("ipv4:127.0.0.1:1235", "Bearer wrong!"));
  EXPECT_TRUE(allowed("ipv4:127.0.0.1:1235", "Bearer secret"));
}

TEST_F(PeerTest, NeverBeyondLoopbackNorInAPod) {
  rules.token = "secret";
  EXPECT_FALSE(allowed("ipv4:10.0.0.1:1234", "Bearer secret"));
  EXPECT_THAT(why, HasSubstr("not on loopback"));
  rules.in_pod = true;
  EXPECT_FALSE(allowed("ipv4:127.0.0.1:1234", "Bearer secret"));
  EXPECT_THAT(why, HasSubstr("Pod"));
}

}  // namespace
}  // namespace amime::delivery
