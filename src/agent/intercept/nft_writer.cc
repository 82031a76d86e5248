#include "agent/intercept/nft_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace amime::agent {
namespace {

const char* nft_table(FilterTable table) {
  switch (table) {
    case FilterTable::kNat: return "istio-proxy-nat";
    case FilterTable::kMangle: return "istio-proxy-mangle";
    default: return "istio-proxy-raw";
  }
}

std::string nft_chain(std::string name) {
  for (char& c : name) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

// Marks that a packet gets on its way out have to lead it another way: only a chain of type route asks for its route again.
std::string hook(FilterTable table, const std::string& chain) {
  const bool out = chain == chain::kOutput;
  const char* name = out ? "output" : "prerouting";
  switch (table) {
    case FilterTable::kNat: return fmt::format("{{ type nat hook {} priority -100; }}", name);
    case FilterTable::kMangle: return fmt::format("{{ type {} hook {} priority -150; }}", out ? "route" : "filter", name);
    default: return fmt::format("{{ type filter hook {} priority -300; }}", name);
  }
}

std::string port_match(const char* which, const Match& match, const std::string& protocol) {
  const bool several = match.value.find(',') != std::string::npos;
  return fmt::format("{} {} {}{}", protocol, which, match.negated ? "!= " : "", several ? "{ " + match.value + " }" : match.value);
}

std::string nft_match(const Match& match, const std::string& protocol) {
  const char* no = match.negated ? "!= " : "";
  const char* ip = match.value.find(':') == std::string::npos ? "ip" : "ip6";
  switch (match.what) {
    case What::kProtocol: return fmt::format("meta l4proto {}{}", no, match.value);
    case What::kInInterface: return fmt::format("iifname {}\"{}\"", no, match.value);
    case What::kOutInterface: return fmt::format("oifname {}\"{}\"", no, match.value);
    case What::kSource: return fmt::format("{} saddr {}{}", ip, no, match.value);
    case What::kDestination: return fmt::format("{} daddr {}{}", ip, no, match.value);
    case What::kSourcePort: return port_match("sport", match, protocol);
    case What::kDestinationPort: return port_match("dport", match, protocol);
    case What::kUid: return fmt::format("meta skuid {}{}", no, match.value);
    case What::kGid: return fmt::format("meta skgid {}{}", no, match.value);
    case What::kMark: return fmt::format("meta mark {}{}", no, match.value);
    case What::kConnectionMark: return fmt::format("ct mark {}{}", no, match.value);
    case What::kState: return fmt::format("ct state {}{}", no, match.value);
  }
  return {};
}

std::string nft_action(const Action& action, bool v6) {
  switch (action.verb) {
    case Verb::kReturn: return "return";
    case Verb::kAccept: return "accept";
    case Verb::kDrop: return "drop";
    case Verb::kJump: return "jump " + nft_chain(action.value);
    case Verb::kRedirect: return "redirect to :" + action.value;
    case Verb::kTproxy: return fmt::format("tproxy {} to :{} meta mark set {} accept", v6 ? "ip6" : "ip", action.value, action.mark);
    case Verb::kSetMark: return "meta mark set " + action.value;
    case Verb::kSaveMark: return "ct mark set meta mark";
    case Verb::kRestoreMark: return "meta mark set ct mark";
    case Verb::kZone: return "ct zone set " + action.value;
  }
  return {};
}

std::string nft_rule(const FilterRule& rule) {
  const std::string protocol = protocol_of(rule);
  std::string out;
  bool names_family = rule.family == FilterFamily::kBoth;
  for (const auto& match : rule.matches) names_family |= match.what == What::kSource || match.what == What::kDestination;
  if (!names_family) out += fmt::format("meta nfproto {} ", rule.family == FilterFamily::kV6 ? "ipv6" : "ipv4");
  for (const auto& match : rule.matches) out += nft_match(match, protocol) + " ";
  return out + "counter " + nft_action(rule.action, rule.family == FilterFamily::kV6);
}

// A table's chains, each once, in the order in which they are first named.
std::vector<std::string> chains_of(const std::vector<FilterRule>& rules) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& chain) {
    if (std::find(out.begin(), out.end(), chain) == out.end()) out.push_back(chain);
  };
  for (const auto& rule : rules) {
    add(rule.chain);
    if (rule.action.verb == Verb::kJump) add(rule.action.value);
  }
  return out;
}

std::string table_lines(FilterTable table, const std::vector<FilterRule>& rules, bool ipv6) {
  const char* name = nft_table(table);
  std::string out;
  for (const auto& chain : chains_of(rules)) {
    const bool own = is_own_chain(chain);
    out += fmt::format("add chain inet {} {}{}\n", name, nft_chain(chain), own ? "" : " " + hook(table, chain));
    if (!own && !ipv6) out += fmt::format("add rule inet {} {} meta nfproto ipv6 return\n", name, nft_chain(chain));
  }
  for (const auto& rule : rules) out += fmt::format("add rule inet {} {} {}\n", name, nft_chain(rule.chain), nft_rule(rule));
  return out;
}

}  // namespace

std::string nft_script(const std::vector<FilterRule>& rules, bool ipv6) {
  std::string out;
  for (const auto table : {FilterTable::kRaw, FilterTable::kMangle, FilterTable::kNat}) {
    std::vector<FilterRule> mine;
    for (const auto& rule : rules)
      if (rule.table == table && (ipv6 || rule.family != FilterFamily::kV6)) mine.push_back(rule);
    // Made first, lest deleting it fail.
    out += fmt::format("add table inet {0}\ndelete table inet {0}\n", nft_table(table));
    if (mine.empty()) continue;
    out += fmt::format("add table inet {}\n", nft_table(table)) + table_lines(table, mine, ipv6);
  }
  return out;
}

}  // namespace amime::agent
