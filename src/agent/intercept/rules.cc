// Which connections of a pod go through its Envoy, as Istio's init container decides it. Chains and their order are the
// contract: people read them on nodes, and scripts look for them.
#include "agent/intercept/rules.h"

#include "agent/intercept/tproxy_rules.h"

namespace amime::agent {
namespace {

constexpr char kDnsProxyPort[] = "15053";

const Match kTcp{What::kProtocol, "tcp"}, kUdp{What::kProtocol, "udp"}, kToLoopbackDevice{What::kOutInterface, "lo"};
const Action kReturn{Verb::kReturn};

Match port(std::string value, bool negated = false) { return {What::kDestinationPort, std::move(value), negated}; }
Match from_port(std::string value) { return {What::kSourcePort, std::move(value)}; }
Match to(std::string cidr) { return {What::kDestination, std::move(cidr)}; }
Action jump(const char* chain) { return {Verb::kJump, chain}; }
Action zone(const char* value) { return {Verb::kZone, value}; }

class RuleList {
 public:
  explicit RuleList(const InterceptOptions& options) : options_(options) {}

  std::vector<FilterRule> build() {
    virtual_machines();
    excluded_interfaces();
    invalid_packets();
    inbound();
    nat(chain::kRedirect, {kTcp}, {Verb::kRedirect, options_.proxy_port});
    nat(chain::kInRedirect, {kTcp}, {Verb::kRedirect, options_.inbound_port});
    outbound();
    if (options_.tproxy && options_.captures_inbound()) add_tproxy_rules(options_, rules_);
    return std::move(rules_);
  }

 private:
  void add(FilterTable table, const char* chain, std::vector<Match> matches, Action action, FilterFamily family = FilterFamily::kBoth) {
    rules_.push_back({table, chain, std::move(matches), std::move(action), family});
  }
  void nat(const char* chain, std::vector<Match> matches, Action action, FilterFamily family = FilterFamily::kBoth) {
    add(FilterTable::kNat, chain, std::move(matches), std::move(action), family);
  }
  void raw(const char* chain, std::vector<Match> matches, Action action, FilterFamily family = FilterFamily::kBoth) {
    add(FilterTable::kRaw, chain, std::move(matches), std::move(action), family);
  }
  // A rule that names an address, once a family.
  void nat_each(Match v4, Match v6, const std::vector<Match>& before, const std::vector<Match>& after, const Action& action) {
    const auto put = [&](Match address, FilterFamily family) {
      auto matches = before;
      matches.push_back(std::move(address));
      matches.insert(matches.end(), after.begin(), after.end());
      nat(chain::kIstioOutput, std::move(matches), action, family);
    };
    put(std::move(v4), FilterFamily::kV4);
    put(std::move(v6), FilterFamily::kV6);
  }

  // What comes from a virtual machine inside the pod is outbound, and first of all rules.
  void virtual_machines() {
    for (const auto& name : options_.virtual_interfaces) {
      const Match from{What::kInInterface, name};
      if (options_.include.all) nat(chain::kPrerouting, {from}, jump(chain::kRedirect));
      for (const auto& range : options_.include.v4) nat(chain::kPrerouting, {from, to(range)}, jump(chain::kRedirect), FilterFamily::kV4);
      for (const auto& range : options_.include.v6) nat(chain::kPrerouting, {from, to(range)}, jump(chain::kRedirect), FilterFamily::kV6);
    }
    for (const auto& name : options_.virtual_interfaces) nat(chain::kPrerouting, {{What::kInInterface, name}}, kReturn);
  }

  void excluded_interfaces() {
    for (const auto& name : options_.exclude_interfaces) {
      for (const auto table : {FilterTable::kNat, FilterTable::kMangle}) {
        if (table == FilterTable::kMangle && !options_.tproxy) continue;
        add(table, chain::kPrerouting, {{What::kInInterface, name}}, kReturn);
        add(table, chain::kOutput, {{What::kOutInterface, name}}, kReturn);
      }
    }
  }

  // A packet outside its connection's window would be answered with a reset by the kernel, which knows nothing of the NAT.
  void invalid_packets() {
    if (!options_.drop_invalid) return;
    add(FilterTable::kMangle, chain::kPrerouting, {{What::kState, "invalid"}}, jump(chain::kDrop));
    add(FilterTable::kMangle, chain::kDrop, {}, {Verb::kDrop});
  }

  // TPROXY has its own chain of that name, in another table.
  void inbound() {
    nat(chain::kInbound, {kTcp, port(options_.tunnel_port)}, kReturn);
    if (options_.tproxy || !options_.captures_inbound()) return;
    nat(chain::kPrerouting, {kTcp}, jump(chain::kInbound));
    for (const auto& excluded : options_.all_inbound ? options_.exclude_inbound_ports : std::vector<std::string>())
      nat(chain::kInbound, {kTcp, port(excluded)}, kReturn);
    if (options_.all_inbound) nat(chain::kInbound, {kTcp}, jump(chain::kInRedirect));
    for (const auto& captured : options_.inbound_ports) nat(chain::kInbound, {kTcp, port(captured)}, jump(chain::kInRedirect));
  }

  void outbound() {
    nat(chain::kOutput, {}, jump(chain::kIstioOutput));
    for (const auto& excluded : options_.exclude_ports) {
      nat(chain::kIstioOutput, {kTcp, port(excluded)}, kReturn);
      nat(chain::kIstioOutput, {kUdp, port(excluded)}, kReturn);
    }
    nat_each({What::kSource, kBoundSourceV4}, {What::kSource, kBoundSourceV6}, {kToLoopbackDevice}, {}, kReturn);
    for (const auto& uid : options_.uids) proxy_user({What::kUid, uid}, options_.dns);
    for (const auto& gid : options_.gids) proxy_user({What::kGid, gid}, false);
    owner_groups();
    if (options_.dns) dns();
    nat_each(to(options_.loopback), to(kLoopbackV6), {}, {}, kReturn);
    ranges();
  }

  // What Envoy itself sends is never captured, but for its calls of the very pod by its address: they go to the inbound side.
  // What the application sends to its own pod stays inside, unless loopback addresses are to be captured.
  void proxy_user(const Match& owner, bool except_dns) {
    const Match elsewhere_v4{What::kDestination, options_.loopback, true}, elsewhere_v6{What::kDestination, kLoopbackV6, true};
    nat_each(elsewhere_v4, elsewhere_v6, {kToLoopbackDevice},
             {kTcp, port(except_dns ? "53," + options_.tunnel_port : options_.tunnel_port, true), owner}, jump(chain::kInRedirect));
    if (!options_.include.loopback) {
      const Match others{owner.what, owner.value, true};
      if (options_.dns)
        nat(chain::kIstioOutput, {kToLoopbackDevice, kTcp, port("53", true), others}, kReturn);
      else
        nat(chain::kIstioOutput, {kToLoopbackDevice, others}, kReturn);
    }
    nat(chain::kIstioOutput, {owner}, kReturn);
  }

  void owner_groups() {
    if (options_.all_groups) {
      for (const auto& group : options_.owner_groups) nat(chain::kIstioOutput, {{What::kGid, group}}, kReturn);
      return;
    }
    std::vector<Match> none_of;
    for (const auto& group : options_.owner_groups) none_of.push_back({What::kGid, group, true});
    nat(chain::kIstioOutput, std::move(none_of), kReturn);
  }

  void ranges() {
    for (const auto& range : options_.exclude.v4) nat(chain::kIstioOutput, {to(range)}, kReturn, FilterFamily::kV4);
    for (const auto& range : options_.exclude.v6) nat(chain::kIstioOutput, {to(range)}, kReturn, FilterFamily::kV6);
    for (const auto& included : options_.include_ports) nat(chain::kIstioOutput, {kTcp, port(included)}, jump(chain::kRedirect));
    if (options_.include.all) nat(chain::kIstioOutput, {}, jump(chain::kRedirect));
    for (const auto& range : options_.include.v4) nat(chain::kIstioOutput, {to(range)}, jump(chain::kRedirect), FilterFamily::kV4);
    for (const auto& range : options_.include.v6) nat(chain::kIstioOutput, {to(range)}, jump(chain::kRedirect), FilterFamily::kV6);
  }

  void dns() {
    raw(chain::kOutput, {}, jump(chain::kOutputDns));
    if (options_.all_dns) {
      nat(chain::kIstioOutput, {}, jump(chain::kOutputDns));
      for (const auto& protocol : {kTcp, kUdp}) nat(chain::kOutputDns, {protocol, port("53")}, {Verb::kRedirect, kDnsProxyPort});
      agent_zones();
      raw(chain::kPrerouting, {}, jump(chain::kInbound));
      raw(chain::kOutputDns, {kUdp, port("53")}, zone("2"));
      raw(chain::kInbound, {kUdp, from_port("53")}, zone("1"));
      return;
    }
    dns_servers(options_.dns_v4, FilterFamily::kV4);
    dns_servers(options_.dns_v6, FilterFamily::kV6);
    agent_zones();
    server_zones(options_.dns_v4, FilterFamily::kV4);
    server_zones(options_.dns_v6, FilterFamily::kV6);
  }

  // Only what goes to these: a DNS proxy of the pod's own must still reach its servers.
  void dns_servers(const std::vector<std::string>& servers, FilterFamily family) {
    if (servers.empty()) return;
    nat(chain::kIstioOutput, {}, jump(chain::kOutputDns), family);
    for (const auto& protocol : {kTcp, kUdp})
      for (const auto& server : servers)
        nat(chain::kOutputDns, {protocol, port("53"), to(server)}, {Verb::kRedirect, kDnsProxyPort}, family);
  }

  // The agent asks the server on behalf of the application, perhaps from the same port: connection tracking would take the two
  // for one. So they live in zones of their own: 1 is agent and server, 2 is application and agent.
  void agent_zones() {
    for (const auto& [what, ids] : {std::pair{What::kUid, &options_.uids}, std::pair{What::kGid, &options_.gids}}) {
      for (const auto& id : *ids) {
        raw(chain::kOutputDns, {kUdp, port("53"), {what, id}}, zone("1"));
        raw(chain::kOutputDns, {kUdp, from_port(kDnsProxyPort), {what, id}}, zone("2"));
      }
    }
  }

  void server_zones(const std::vector<std::string>& servers, FilterFamily family) {
    if (!servers.empty()) raw(chain::kPrerouting, {}, jump(chain::kInbound), family);
    for (const auto& server : servers) {
      raw(chain::kOutputDns, {kUdp, port("53"), to(server)}, zone("2"), family);
      raw(chain::kInbound, {kUdp, from_port("53"), {What::kSource, server}}, zone("1"), family);
    }
  }

  const InterceptOptions& options_;
  std::vector<FilterRule> rules_;
};

}  // namespace

std::vector<FilterRule> interception_rules(const InterceptOptions& options) { return RuleList(options).build(); }

bool is_own_chain(std::string_view name) { return name.substr(0, 6) == "ISTIO_"; }

std::string protocol_of(const FilterRule& rule) {
  std::string out = "tcp";
  for (const auto& match : rule.matches)
    if (match.what == What::kProtocol) out = match.value;
  return out;
}

}  // namespace amime::agent
