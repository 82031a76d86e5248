#include "agent/intercept/iptables_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace amime::agent {
namespace {

constexpr std::string_view kOwnComment = "-m comment --comment ISTIO";

const char* table_name(FilterTable table) {
  switch (table) {
    case FilterTable::kNat: return "nat";
    case FilterTable::kMangle: return "mangle";
    default: return "raw";
  }
}

std::string hex(const std::string& number) { return fmt::format("{:#x}", std::stoul(number)); }

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool is_of(const FilterRule& rule, bool v6) { return rule.family == FilterFamily::kBoth || (rule.family == FilterFamily::kV6) == v6; }

// Where iptables-save prints it: addresses and devices first, in this order, then the protocol, then the rest as given.
int position(What what) {
  switch (what) {
    case What::kSource: return 0;
    case What::kDestination: return 1;
    case What::kInInterface: return 2;
    case What::kOutInterface: return 3;
    case What::kProtocol: return 4;
    default: return 5;
  }
}

std::string match_text(const Match& match, const std::string& protocol) {
  const std::string no = match.negated ? "! " : "";
  switch (match.what) {
    case What::kSource: return fmt::format("{}-s {}", no, match.value);
    case What::kDestination: return fmt::format("{}-d {}", no, match.value);
    case What::kInInterface: return fmt::format("{}-i {}", no, match.value);
    case What::kOutInterface: return fmt::format("{}-o {}", no, match.value);
    case What::kProtocol: return fmt::format("{}-p {}", no, match.value);
    case What::kSourcePort: return fmt::format("-m {} {}--sport {}", protocol, no, match.value);
    case What::kDestinationPort:
      if (match.value.find(',') != std::string::npos) return fmt::format("-m multiport {}--dports {}", no, match.value);
      return fmt::format("-m {} {}--dport {}", protocol, no, match.value);
    case What::kUid: return fmt::format("-m owner {}--uid-owner {}", no, match.value);
    case What::kGid: return fmt::format("-m owner {}--gid-owner {}", no, match.value);
    case What::kMark: return fmt::format("-m mark {}--mark {}", no, hex(match.value));
    case What::kConnectionMark: return fmt::format("-m connmark {}--mark {}", no, hex(match.value));
    case What::kState: return fmt::format("-m conntrack {}--ctstate {}", no, upper(match.value));
  }
  return {};
}

std::string action_text(const Action& action, bool v6) {
  constexpr std::string_view kWholeMark = "--nfmask 0xffffffff --ctmask 0xffffffff";
  switch (action.verb) {
    case Verb::kReturn: return "-j RETURN";
    case Verb::kAccept: return "-j ACCEPT";
    case Verb::kDrop: return "-j DROP";
    case Verb::kJump: return "-j " + action.value;
    case Verb::kRedirect: return "-j REDIRECT --to-ports " + action.value;
    case Verb::kTproxy:
      return fmt::format("-j TPROXY --on-port {} --on-ip {} --tproxy-mark {}/0xffffffff", action.value, v6 ? "::" : "0.0.0.0",
                         hex(action.mark));
    case Verb::kSetMark: return fmt::format("-j MARK --set-xmark {}/0xffffffff", hex(action.value));
    case Verb::kSaveMark: return fmt::format("-j CONNMARK --save-mark {}", kWholeMark);
    case Verb::kRestoreMark: return fmt::format("-j CONNMARK --restore-mark {}", kWholeMark);
    case Verb::kZone: return "-j CT --zone " + action.value;
  }
  return {};
}

// One table of ours, in iptables-save's lines: our chains, and our rules wherever they stand.
struct TableState {
  std::set<std::string> chains;
  std::map<std::string, std::vector<std::string>> rules;  // by chain
  bool empty() const { return chains.empty() && rules.empty(); }
  bool operator==(const TableState&) const = default;
};
using State = std::map<std::string, TableState>;

bool is_ours(std::string_view line) {
  return line.find("-j ISTIO_") != std::string_view::npos || line.find(kOwnComment) != std::string_view::npos;
}

std::string_view word_at(std::string_view line, std::size_t from) { return line.substr(from, line.find(' ', from) - from); }

State read_state(std::string_view saved) {
  State out;
  std::string table;
  while (!saved.empty()) {
    const auto end = saved.find('\n');
    const std::string_view line = saved.substr(0, end);
    saved = end == std::string_view::npos ? std::string_view() : saved.substr(end + 1);
    if (line.substr(0, 1) == "*") table = std::string(line.substr(1));
    if (line.substr(0, 1) == ":" && is_own_chain(word_at(line, 1))) out[table].chains.emplace(word_at(line, 1));
    if (line.substr(0, 3) != "-A ") continue;
    const std::string_view chain = word_at(line, 3);
    if (is_own_chain(chain) || is_ours(line)) out[table].rules[std::string(chain)].emplace_back(line);
  }
  return out;
}

State wanted_state(const std::vector<FilterRule>& rules, bool v6) {
  State out;
  for (const auto& rule : rules) {
    if (!is_of(rule, v6)) continue;
    TableState& table = out[table_name(rule.table)];
    table.rules[rule.chain].push_back(iptables_rule(rule, v6));
    for (const auto& chain : {rule.chain, rule.action.verb == Verb::kJump ? rule.action.value : rule.chain})
      if (is_own_chain(chain)) table.chains.insert(chain);
  }
  return out;
}

std::string table_script(const std::string& name, const TableState& now, const TableState& wanted) {
  std::string out = fmt::format("*{}\n", name);
  std::set<std::string> all = now.chains;
  all.insert(wanted.chains.begin(), wanted.chains.end());
  for (const auto& chain : all) out += fmt::format(":{} - [0:0]\n", chain);  // makes it, or empties it
  for (const auto& [chain, rules] : now.rules)
    if (!is_own_chain(chain))
      for (const auto& rule : rules) out += fmt::format("-D {}\n", rule.substr(3));
  for (const auto& [chain, rules] : wanted.rules)
    for (const auto& rule : rules) out += rule + "\n";
  for (const auto& chain : now.chains)
    if (!wanted.chains.contains(chain)) out += fmt::format("-X {}\n", chain);
  return out + "COMMIT\n";
}

}  // namespace

std::string iptables_rule(const FilterRule& rule, bool v6) {
  const std::string protocol = protocol_of(rule);
  std::string out = "-A " + rule.chain;
  auto matches = rule.matches;
  std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return position(a.what) < position(b.what); });
  for (const auto& match : matches) out += " " + match_text(match, protocol);
  const bool jumps_to_us = rule.action.verb == Verb::kJump && is_own_chain(rule.action.value);
  if (!is_own_chain(rule.chain) && !jumps_to_us) out += fmt::format(" {}", kOwnComment);
  return out + " " + action_text(rule.action, v6);
}

std::string iptables_script(const std::vector<FilterRule>& rules, bool v6, std::string_view saved, bool even_if_equal) {
  const State now = read_state(saved), wanted = wanted_state(rules, v6);
  std::string out;
  for (const char* table : {"raw", "mangle", "nat"}) {
    const auto find = [table](const State& state) {
      const auto found = state.find(table);
      return found == state.end() ? TableState() : found->second;
    };
    const TableState before = find(now), after = find(wanted);
    if (before == after && (after.empty() || !even_if_equal)) continue;
    out += table_script(table, before, after);
  }
  return out;
}

}  // namespace amime::agent
