#include "translate/outbound_merge.h"

#include <fmt/format.h>

#include "envoy/config/listener/v3/listener_components.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/dynamic_dns.h"
#include "translate/hcm.h"
#include "translate/outbound_tcp.h"
#include "translate/route_table.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using mesh::Protocol;

class Merge {
 public:
  Merge(View& view, const ListenerPlan& plan, std::string_view listener_name, std::vector<Note>* notes)
      : view_(view),
        plan_(plan),
        name_(listener_name),
        notes_(notes),
        on_wildcard_(plan.binds.front() == wildcards({view.proxy_ipv4(), view.proxy_ipv6()}).front() ||
                     plan.binds.front() == view.bind_address()) {}

  MergedListener run() {
    for (const auto& ask : plan_.asks) {
      if (started_ && clashes(ask.protocol)) {
        conflict(ask.host, "its protocol cannot share a port with another");
      } else if (mesh::is_http(ask.protocol)) {
        add_http(ask);
      } else if (ask.protocol == Protocol::kUnset) {
        add_sniffed(ask);
      } else {
        add_tcp(ask);
      }
    }
    return std::move(out_);
  }

 private:
  // Servers that speak first are broken by looking at what the client sends, so their ports never mix with others.
  bool clashes(Protocol incoming) const {
    const auto alone = [](Protocol p) { return p == Protocol::kMongo || p == Protocol::kMySql; };
    return (alone(incoming) || alone(protocol_)) && incoming != protocol_;
  }

  void become(Protocol protocol) {
    protocol_ = protocol;
    started_ = true;
  }

  void add_http(const ListenerAsk& ask) {
    if (started_ && !mesh::is_tcp(protocol_)) return;  // the table that is there already has this service
    const bool over_tcp = started_;
    // On a wildcard the port may be anybody's: what is not HTTP must get through, so HTTP is found out by looking.
    Chain chain = http_chain(outbound_table_name(plan_.port, plan_.binds.front()), on_wildcard_);
    if (over_tcp) {
      merge_one(std::move(chain), ask);
    } else {
      out_.chains.push_back(std::move(chain));
    }
    become(over_tcp || on_wildcard_ ? Protocol::kUnset : Protocol::kHttp);
  }

  void add_tcp(const ListenerAsk& ask) {
    merge(outbound_tcp_chains(view_, plan_, ask), ask);
    if (!started_)
      become(ask.protocol);
    else if (!mesh::is_tcp(protocol_))
      become(Protocol::kUnset);
  }

  void add_sniffed(const ListenerAsk& ask) {
    auto chains = outbound_tcp_chains(view_, plan_, ask);
    if (!started_ || mesh::is_http(protocol_) || mesh::is_tcp(protocol_)) {
      // Not on a wildcard the listener is this service's alone, and so is the table.
      const bool own_table = !on_wildcard_ && plan_.port != 0;
      chains.push_back(
          http_chain(own_table ? sniffed_table_name(ask.host, plan_.port) : outbound_table_name(plan_.port, plan_.binds.front()), true));
      // HTTP services that share a bound address with a port of unknown protocol lose it to that port: Istio has it so.
      if (started_ && mesh::is_http(protocol_)) out_ = {{}, {out_.tables.back()}};
    }
    merge(std::move(chains), ask);
    become(Protocol::kUnset);
  }

  Chain http_chain(const std::string& table, bool sniffed) {
    Chain chain;
    chain.proto = std::make_shared<envoy::config::listener::v3::FilterChain>();
    if (sniffed) {
      chain.match.application_protocols = plaintext_http_protocols(view_.proxy_http10());
      chain.match.transport_protocol = kRawBuffer;
    }
    HcmOptions options;
    options.stat_prefix = "outbound_" + std::string(name_) + ";";
    options.route_table = table;
    bool resolves = resolves_unknown_hosts(view_);
    for (const auto& ask : plan_.asks) {
      if (ask.protocol == Protocol::kGrpcWeb) options.protocol = ask.protocol;
      resolves = resolves || ask.resolves;
    }
    if (resolves) options.filters.dns_cache = filters_dns_cache(view_);
    options.filters.plugins = http_plugins(view_, ListenerClass::kSidecarOutbound, plan_.port);
    add_network_plugins(view_, ListenerClass::kSidecarOutbound, plan_.port, nullptr, chain.proto.get());
    options.http10 = view_.proxy_http10();
    add_hcm(view_, options, chain.proto.get());
    chain.refs.push_back(table);
    out_.tables.push_back(route_table_key(table_egress(), table));
    return chain;
  }

  // Several listeners may name one table: it is the first egress listener's that has the port, else the catch-all's.
  std::size_t table_egress() {
    const std::size_t count = view_.egress_count();
    if (count == 1 || plan_.port == 0) return plan_.egress;
    for (std::size_t i = 0; i < count; ++i)
      if (view_.egress(i).port == plan_.port) return i;
    return plan_.egress;
  }

  void merge(std::vector<Chain> chains, const ListenerAsk& ask) {
    for (auto& chain : chains) merge_one(std::move(chain), ask);
  }

  // What is there already keeps its connections; of names or subnets that are shared in part, the rest is the newcomer's.
  void merge_one(Chain chain, const ListenerAsk& ask) {
    for (const auto& existing : out_.chains) {
      if (!existing.match.overlaps(chain.match)) continue;
      if (existing.owner != chain.owner) {
        conflict(ask.host, fmt::format("the same connections are {}'s", existing.owner));
      } else if (!chain.from.empty() && !existing.match.same_as(chain.match)) {
        notes_->push_back({chain.from.back(), "conflict", "", "an earlier match takes some of the same connections"});
      }
      if (!chain.match.yield_to(existing.match)) return;
    }
    out_.chains.push_back(std::move(chain));
  }

  void conflict(const std::string& host, std::string_view why) {
    const auto service = host.empty() ? nullptr : view_.service(host);
    if (service) notes_->push_back({service->source, "conflict", "spec.ports", fmt::format("not on listener {}: {}", name_, why)});
  }

  View& view_;
  const ListenerPlan& plan_;
  const std::string_view name_;
  std::vector<Note>* const notes_;
  const bool on_wildcard_;  // `amime up` has one address for all, which serves as the wildcard
  Protocol protocol_ = Protocol::kUnset;
  bool started_ = false;
  MergedListener out_;
};

}  // namespace

MergedListener merge_asks(View& view, const ListenerPlan& plan, std::string_view listener_name, std::vector<Note>* notes) {
  return Merge(view, plan, listener_name, notes).run();
}

}  // namespace amime::translate
