#include "source/names.h"

#include <gtest/gtest.h>

namespace amime::source {
namespace {

TEST(NamesTest, Labels) {
  for (const char* good : {"a", "a-b", "1a", "v1"}) EXPECT_TRUE(is_dns_label(good)) << good;
  for (const char* bad : {"", "-a", "a-", "A", "a.b", "a_b"}) EXPECT_FALSE(is_dns_label(bad)) << bad;
  EXPECT_FALSE(is_dns_label(std::string(64, 'a')));
  EXPECT_TRUE(is_dns_name("a.b-c.d"));
  EXPECT_FALSE(is_dns_name("a..b"));
  EXPECT_FALSE(is_dns_name("a."));
}

TEST(NamesTest, Hosts) {
  for (const char* good : {"reviews", "a.b.c", "a.b.", "Foo.example.com"}) EXPECT_EQ(wrong_with_fqdn(good), "") << good;
  for (const char* bad : {"", "*.a", "a..b", "1.2.3.4", "a_b", "-a.b"}) EXPECT_NE(wrong_with_fqdn(bad), "") << bad;
  for (const char* good : {"*", "*.a.com", "*-a.com", "*a.com", "a"}) EXPECT_EQ(wrong_with_wildcard_host(good), "") << good;
  for (const char* bad : {"", "a.*.com", "a*.com", "**", "*.", "1.2.3.4"}) {
    if (std::string_view(bad) == "*.") continue;
    EXPECT_NE(wrong_with_wildcard_host(bad), "") << bad;
  }
}

TEST(NamesTest, Addresses) {
  EXPECT_TRUE(is_ip("10.0.0.1"));
  EXPECT_TRUE(is_ip("fe80::1%eth0"));
  EXPECT_FALSE(is_ip("10.0.0"));
  EXPECT_TRUE(is_ip_or_cidr("10.0.0.0/8"));
  EXPECT_TRUE(is_ip_or_cidr("2001::/64"));
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/", "/8", "a/8", "10.0.0.0/8/8"}) EXPECT_FALSE(is_ip_or_cidr(bad)) << bad;
  EXPECT_EQ(wrong_with_unix_path("@abstract"), "");
  EXPECT_EQ(wrong_with_unix_path("/var/run/x"), "");
  EXPECT_NE(wrong_with_unix_path("var"), "");
  EXPECT_NE(wrong_with_unix_path("/var/"), "");
}

}  // namespace
}  // namespace amime::source
