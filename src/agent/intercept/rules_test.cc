#include "agent/intercept/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/intercept/iptables_writer.h"

namespace amime::agent {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

InterceptFlags everything() {
  InterceptFlags flags;
  flags.inbound_ports = flags.include_ranges = "*";
  return flags;
}

std::vector<FilterRule> rules_for(const InterceptFlags& flags, const InterceptHost& host = {}) {
  const auto options = read_intercept_flags(flags, host);
  EXPECT_TRUE(options.ok()) << options.status();
  return options.ok() ? interception_rules(*options) : std::vector<FilterRule>();
}

// Of one family and chain, as iptables would take them, without "-A CHAIN ".
std::vector<std::string> chain_of(const std::vector<FilterRule>& rules, FilterTable table, std::string_view chain, bool v6 = false) {
  std::vector<std::string> out;
  for (const auto& rule : rules)
    if (rule.table == table && rule.chain == chain && rule.family != (v6 ? FilterFamily::kV4 : FilterFamily::kV6))
      out.push_back(iptables_rule(rule, v6).substr(4 + chain.size()));
  return out;
}

TEST(InterceptRulesTest, InboundIsEverythingButWhatIsExcluded) {
  auto flags = everything();
  flags.exclude_inbound_ports = "15090,15021";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_INBOUND"),
              ElementsAre("-p tcp -m tcp --dport 15008 -j RETURN", "-p tcp -m tcp --dport 15090 -j RETURN",
                          "-p tcp -m tcp --dport 15021 -j RETURN", "-p tcp -j ISTIO_IN_REDIRECT"));
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_IN_REDIRECT"), ElementsAre("-p tcp -j REDIRECT --to-ports 15006"));
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "PREROUTING"), ElementsAre("-p tcp -j ISTIO_INBOUND"));
}

TEST(InterceptRulesTest, InboundPortsOfAListDoNotCareForExclusions) {
  auto flags = everything();
  flags.inbound_ports = "80, 443";
  flags.exclude_inbound_ports = "80";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_INBOUND"),
              ElementsAre("-p tcp -m tcp --dport 15008 -j RETURN", "-p tcp -m tcp --dport 80 -j ISTIO_IN_REDIRECT",
                          "-p tcp -m tcp --dport 443 -j ISTIO_IN_REDIRECT"));
}

TEST(InterceptRulesTest, NoInboundPortsNoInboundCapture) {
  auto flags = everything();
  flags.inbound_ports = "";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "PREROUTING"), ElementsAre());
}

TEST(InterceptRulesTest, OutboundLeavesTheProxyAloneAndComesBackInForItsOwnPod) {
  EXPECT_THAT(chain_of(rules_for(everything()), FilterTable::kNat, "ISTIO_OUTPUT"),
              ElementsAre("-s 127.0.0.6/32 -o lo -j RETURN",
                          "! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT",
                          "-o lo -m owner ! --uid-owner 1337 -j RETURN", "-m owner --uid-owner 1337 -j RETURN",
                          "! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT",
                          "-o lo -m owner ! --gid-owner 1337 -j RETURN", "-m owner --gid-owner 1337 -j RETURN", "-d 127.0.0.1/32 -j RETURN",
                          "-j ISTIO_REDIRECT"));
}

TEST(InterceptRulesTest, RangesOfEachFamilyStayInTheirs) {
  auto flags = everything();
  flags.include_ranges = "10.1.2.3/8,fd00::/8";
  flags.exclude_ranges = "10.9.0.0/16,fd00:9::/32";
  const auto rules = rules_for(flags);
  const auto v4 = chain_of(rules, FilterTable::kNat, "ISTIO_OUTPUT"), v6 = chain_of(rules, FilterTable::kNat, "ISTIO_OUTPUT", true);
  EXPECT_THAT(v4,
              AllOf(Contains("-d 10.9.0.0/16 -j RETURN"), Contains("-d 10.0.0.0/8 -j ISTIO_REDIRECT"), Not(Contains(HasSubstr("fd00")))));
  EXPECT_THAT(v6, AllOf(Contains("-d fd00:9::/32 -j RETURN"), Contains("-d fd00::/8 -j ISTIO_REDIRECT"), Not(Contains(HasSubstr("10.")))));
  EXPECT_THAT(v6, Contains("-s ::6/128 -o lo -j RETURN"));
  EXPECT_THAT(v4, Not(Contains("-j ISTIO_REDIRECT")));
}

TEST(InterceptRulesTest, PortsAreExcludedBeforeAndIncludedWhateverTheRange) {
  auto flags = everything();
  flags.include_ranges = "";
  flags.include_ports = "443";
  flags.exclude_ports = "3306";
  const auto rules = chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_OUTPUT");
  ASSERT_GE(rules.size(), 2u);
  EXPECT_EQ(rules[0], "-p tcp -m tcp --dport 3306 -j RETURN");
  EXPECT_EQ(rules[1], "-p udp -m udp --dport 3306 -j RETURN");
  EXPECT_EQ(rules.back(), "-p tcp -m tcp --dport 443 -j ISTIO_REDIRECT");
}

TEST(InterceptRulesTest, LoopbackRangesAreCapturedWhereAsked) {
  auto flags = everything();
  flags.include_ranges = "127.1.2.3/32";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_OUTPUT"), Not(Contains("-o lo -m owner ! --uid-owner 1337 -j RETURN")));
}

TEST(InterceptRulesTest, GroupsAreExcludedOrTheOnlyOnes) {
  auto flags = everything();
  flags.exclude_owner_groups = "202,java";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_OUTPUT"),
              AllOf(Contains("-m owner --gid-owner 202 -j RETURN"), Contains("-m owner --gid-owner java -j RETURN")));
  flags.owner_groups = "203,204";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_OUTPUT"),
              Contains("-m owner ! --gid-owner 203 -m owner ! --gid-owner 204 -j RETURN"));
}

TEST(InterceptRulesTest, VirtualMachinesAreOutboundBeforeAllElse) {
  auto flags = everything();
  flags.virtual_interfaces = "vnet0";
  flags.exclude_interfaces = "eth9";
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "PREROUTING"),
              ElementsAre("-i vnet0 -j ISTIO_REDIRECT", "-i vnet0 -m comment --comment ISTIO -j RETURN",
                          "-i eth9 -m comment --comment ISTIO -j RETURN", "-p tcp -j ISTIO_INBOUND"));
}

TEST(InterceptRulesTest, DnsGoesToTheAgentButNotTheAgents) {
  auto flags = everything();
  flags.redirect_dns = true;
  const auto rules = rules_for(flags, {.ipv6 = true, .dns_servers = {"10.0.0.10", "fd00::10", "nonsense"}});
  EXPECT_THAT(chain_of(rules, FilterTable::kNat, "ISTIO_OUTPUT_DNS"),
              ElementsAre("-d 10.0.0.10/32 -p tcp -m tcp --dport 53 -j REDIRECT --to-ports 15053",
                          "-d 10.0.0.10/32 -p udp -m udp --dport 53 -j REDIRECT --to-ports 15053"));
  EXPECT_THAT(chain_of(rules, FilterTable::kNat, "ISTIO_OUTPUT_DNS", true),
              Contains("-d fd00::10/128 -p udp -m udp --dport 53 -j REDIRECT --to-ports 15053"));
  const auto output = chain_of(rules, FilterTable::kNat, "ISTIO_OUTPUT");
  const auto leaves = std::find(output.begin(), output.end(), "-m owner --gid-owner 1337 -j RETURN");
  EXPECT_LT(leaves, std::find(output.begin(), output.end(), "-j ISTIO_OUTPUT_DNS"));
  EXPECT_THAT(chain_of(rules, FilterTable::kRaw, "ISTIO_OUTPUT_DNS"),
              ElementsAre("-p udp -m udp --dport 53 -m owner --uid-owner 1337 -j CT --zone 1",
                          "-p udp -m udp --sport 15053 -m owner --uid-owner 1337 -j CT --zone 2",
                          "-p udp -m udp --dport 53 -m owner --gid-owner 1337 -j CT --zone 1",
                          "-p udp -m udp --sport 15053 -m owner --gid-owner 1337 -j CT --zone 2",
                          "-d 10.0.0.10/32 -p udp -m udp --dport 53 -j CT --zone 2"));
}

TEST(InterceptRulesTest, DnsWithoutServersIsLeftAlone) {
  auto flags = everything();
  flags.redirect_dns = true;
  EXPECT_EQ(rules_for(flags), rules_for(everything()));
  flags.capture_all_dns = true;
  EXPECT_THAT(chain_of(rules_for(flags), FilterTable::kNat, "ISTIO_OUTPUT_DNS"), testing::SizeIs(2));
}

TEST(InterceptRulesTest, TproxyCapturesInTheMangleTable) {
  auto flags = everything();
  flags.mode = "TPROXY";
  flags.exclude_inbound_ports = "15021";
  const auto rules = rules_for(flags);
  EXPECT_THAT(chain_of(rules, FilterTable::kNat, "PREROUTING"), ElementsAre());
  EXPECT_THAT(chain_of(rules, FilterTable::kMangle, "ISTIO_INBOUND"),
              ElementsAre("-p tcp -m mark --mark 0x539 -j RETURN", "-s 127.0.0.6/32 -i lo -p tcp -j RETURN",
                          "-i lo -p tcp -m mark ! --mark 0x53a -j RETURN", "-p tcp -m tcp --dport 15021 -j RETURN",
                          "-p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT", "-p tcp -j ISTIO_TPROXY"));
  EXPECT_THAT(chain_of(rules, FilterTable::kMangle, "ISTIO_TPROXY", true),
              ElementsAre("! -d ::1/128 -p tcp -j TPROXY --on-port 15006 --on-ip :: --tproxy-mark 0x539/0xffffffff"));
}

TEST(InterceptFlagsTest, AllThatIsWrongIsSaidAtOnce) {
  auto flags = everything();
  flags.proxy_port = "0";
  flags.exclude_ranges = "*";
  flags.exclude_interfaces = "eth0\n-A X";
  flags.mode = "SOMETIMES";
  const auto status = read_intercept_flags(flags, {}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("--envoy-port: \"0\""), HasSubstr("--istio-service-exclude-cidr: \"*\""),
                                                   HasSubstr("--istio-exclude-interfaces"), HasSubstr("SOMETIMES")));
}

TEST(InterceptFlagsTest, RangesAndLoopbackMustBeSome) {
  for (const char* wrong : {"10.0.0.0", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/", "10.0.0.0/-1"}) {
    auto flags = everything();
    flags.include_ranges = wrong;
    EXPECT_FALSE(read_intercept_flags(flags, {}).ok()) << wrong;
  }
  auto flags = everything();
  flags.loopback = "10.0.0.0/8";
  EXPECT_FALSE(read_intercept_flags(flags, {}).ok());
}

}  // namespace
}  // namespace amime::agent
