// Marked packets are routed to the loopback device by a routing table of their own (local_routes.cc). Envoy's original_src
// filter puts the same mark on what it sends to the application; the connection remembers it, so that the answers, which go to
// the client's address, come back to Envoy as well.
#include "agent/intercept/tproxy_rules.h"

namespace amime::agent {
namespace {

constexpr char kEnvoyToSelf[] = "1338";  // on Envoy's calls of its own pod: the only ones on lo that are captured

class TproxyRules {
 public:
  TproxyRules(const InterceptOptions& options, std::vector<FilterRule>& rules) : options_(options), rules_(rules) {}

  void build() {
    add(chain::kDivert, {}, {Verb::kSetMark, options_.mark});
    add(chain::kDivert, {}, {Verb::kAccept});
    const Action to_envoy{Verb::kTproxy, options_.inbound_port, options_.mark};
    add(chain::kTproxy, {elsewhere(options_.loopback), tcp_}, to_envoy, FilterFamily::kV4);
    add(chain::kTproxy, {elsewhere(kLoopbackV6), tcp_}, to_envoy, FilterFamily::kV6);
    add(chain::kPrerouting, {tcp_}, {Verb::kJump, chain::kInbound});
    add(chain::kPrerouting, {tcp_, mark_}, {Verb::kSaveMark});
    not_again();
    inbound();
    output();
  }

 private:
  void add(const char* chain, std::vector<Match> matches, Action action, FilterFamily family = FilterFamily::kBoth) {
    rules_.push_back({FilterTable::kMangle, chain, std::move(matches), std::move(action), family});
  }
  static Match elsewhere(std::string cidr) { return {What::kDestination, std::move(cidr), true}; }

  void not_again() {
    add(chain::kInbound, {tcp_, mark_}, {Verb::kReturn});
    add(chain::kInbound, {tcp_, {What::kSource, kBoundSourceV4}, {What::kInInterface, "lo"}}, {Verb::kReturn}, FilterFamily::kV4);
    add(chain::kInbound, {tcp_, {What::kSource, kBoundSourceV6}, {What::kInInterface, "lo"}}, {Verb::kReturn}, FilterFamily::kV6);
    add(chain::kInbound, {tcp_, {What::kInInterface, "lo"}, {What::kMark, kEnvoyToSelf, true}}, {Verb::kReturn});
  }

  void inbound() {
    if (options_.all_inbound) {
      for (const auto& port : options_.exclude_inbound_ports) add(chain::kInbound, {tcp_, {What::kDestinationPort, port}}, {Verb::kReturn});
      capture({tcp_});
    }
    for (const auto& port : options_.inbound_ports) capture({tcp_, {What::kDestinationPort, port}});
  }
  // What belongs to a connection that Envoy has already accepted only needs the way to the loopback device.
  void capture(const std::vector<Match>& which) {
    auto established = which;
    established.push_back({What::kState, "related,established"});
    add(chain::kInbound, established, {Verb::kJump, chain::kDivert});
    add(chain::kInbound, which, {Verb::kJump, chain::kTproxy});
  }

  void output() {
    const Match device{What::kOutInterface, "lo"};
    add(chain::kOutput, {tcp_, device, mark_}, {Verb::kReturn});
    for (const auto& [what, ids] : {std::pair{What::kUid, &options_.uids}, std::pair{What::kGid, &options_.gids}}) {
      for (const auto& id : *ids) {
        add(chain::kOutput, {elsewhere(options_.loopback), tcp_, device, {what, id}}, {Verb::kSetMark, kEnvoyToSelf}, FilterFamily::kV4);
        add(chain::kOutput, {elsewhere(kLoopbackV6), tcp_, device, {what, id}}, {Verb::kSetMark, kEnvoyToSelf}, FilterFamily::kV6);
      }
    }
    add(chain::kOutput, {tcp_, {What::kConnectionMark, options_.mark}}, {Verb::kRestoreMark});
  }

  const InterceptOptions& options_;
  std::vector<FilterRule>& rules_;
  const Match tcp_{What::kProtocol, "tcp"}, mark_{What::kMark, options_.mark};
};

}  // namespace

void add_tproxy_rules(const InterceptOptions& options, std::vector<FilterRule>& rules) { TproxyRules(options, rules).build(); }

}  // namespace amime::agent
