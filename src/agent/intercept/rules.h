// The rules that send a pod's connections through its Envoy, in words of the kernel's packet filter that both ways to write
// them (iptables, nftables) share. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/intercept/options.h"

namespace amime::agent {

enum class FilterTable { kNat, kMangle, kRaw };
enum class FilterFamily { kBoth, kV4, kV6 };

enum class What {
  kProtocol,  // tcp, udp
  kInInterface,
  kOutInterface,
  kSource,  // CIDR
  kDestination,
  kSourcePort,
  kDestinationPort,  // one, or several with commas
  kUid,              // of the process that sends
  kGid,
  kMark,
  kConnectionMark,
  kState,  // of connection tracking, with commas, in lower case
};
struct Match {
  What what;
  std::string value;
  bool negated = false;
  bool operator==(const Match&) const = default;
};

enum class Verb { kReturn, kAccept, kDrop, kJump, kRedirect, kTproxy, kSetMark, kSaveMark, kRestoreMark, kZone };
struct Action {
  Verb verb;
  std::string value = {};  // chain, port, mark or zone
  std::string mark = {};   // kTproxy: the packet gets it too
  bool operator==(const Action&) const = default;
};

struct FilterRule {
  FilterTable table;
  std::string chain;  // PREROUTING, OUTPUT, or one of ours
  std::vector<Match> matches;
  Action action;
  FilterFamily family = FilterFamily::kBoth;
  bool operator==(const FilterRule&) const = default;
};

namespace chain {
inline constexpr char kPrerouting[] = "PREROUTING", kOutput[] = "OUTPUT";  // the kernel's
inline constexpr char kInbound[] = "ISTIO_INBOUND", kIstioOutput[] = "ISTIO_OUTPUT", kOutputDns[] = "ISTIO_OUTPUT_DNS",
                      kRedirect[] = "ISTIO_REDIRECT", kInRedirect[] = "ISTIO_IN_REDIRECT", kDivert[] = "ISTIO_DIVERT",
                      kTproxy[] = "ISTIO_TPROXY", kDrop[] = "ISTIO_DROP";
}  // namespace chain

inline constexpr char kBoundSourceV4[] = "127.0.0.6/32", kBoundSourceV6[] = "::6/128";  // Envoy's, where it passes on what came in
inline constexpr char kLoopbackV6[] = "::1/128";

// All rules, those of one chain in their order. A rule of one family is never between the others by chance: each family has
// its own order, which is this list without the other's.
std::vector<FilterRule> interception_rules(const InterceptOptions& options);

bool is_own_chain(std::string_view name);         // not the kernel's
std::string protocol_of(const FilterRule& rule);  // tcp, where it does not say

}  // namespace amime::agent
