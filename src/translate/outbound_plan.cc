#include "translate/outbound_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "mesh/mesh.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/reserved_ports.h"
#include "translate/service_addresses.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using mesh::Protocol;
using mesh::Service;
using mesh::ServicePort;

// "10.0.0.1/32" is an address, not a range: it gets a listener of its own.
std::string without_full_mask(const std::string& address) {
  for (const std::string_view mask : {"/32", "/128"})
    if (address.size() > mask.size() && address.ends_with(mask) && is_ipv6(address) == (mask == "/128"))
      return address.substr(0, address.size() - mask.size());
  return address;
}

bool is_range(const std::string& address) { return address.find('/') != std::string::npos; }

class Planner {
 public:
  Planner(View& view, std::vector<Note>* notes)
      : view_(view),
        notes_(notes),
        families_{view.proxy_ipv4(), view.proxy_ipv6()},
        wildcards_(wildcards(families_)),
        reserved_(reserved_ports(view.mesh_config())) {}

  OutboundPlan run() {
    const std::size_t count = view_.egress_count();
    for (std::size_t i = 0; i < count; ++i) {
      const mesh::EgressListener& egress = view_.egress(i);
      // What a Sidecar gave a listener of its own is not extended by services of the catch-all listener.
      if (egress.port == 0) locked_ = std::set<Key>(order_.begin(), order_.end());
      for (const auto& service : egress.services) add_service(i, egress, *service);
    }
    OutboundPlan plan;
    for (const auto& key : order_) plan.listeners.push_back(std::move(listeners_.at(key)));
    for (auto& [key, pods] : pods_) {
      for (const auto& [address, port] : written_)
        if (port == pods.port) pods.taken.push_back(address);
      plan.pods.push_back(std::move(pods));
    }
    return plan;
  }

 private:
  using Key = std::pair<std::string, std::uint32_t>;  // first bind, port

  // Where an egress listener's ports are bound. No binds: at the services' own addresses.
  struct Place {
    std::vector<std::string> binds;
    bool bind_to_port = false;
  };

  Place place_of(const mesh::EgressListener& egress) {
    const std::string_view local = view_.bind_address();
    Place place;
    place.bind_to_port =
        !local.empty() || view_.interception() == mesh::InterceptionMode::kNone || egress.capture_none || is_unix(egress.bind);
    if (!local.empty() && !is_unix(egress.bind))
      place.binds = {std::string(local)};
    else if (!egress.bind.empty())
      place.binds = {egress.bind};
    else if (place.bind_to_port)
      place.binds = local_hosts(families_);
    return place;
  }

  void add_service(std::size_t index, const mesh::EgressListener& egress, const Service& service) {
    if (service.resolution == mesh::Resolution::kAlias) return;  // its name is another service's, reached by that one's listener
    const Place place = place_of(egress);
    if (!place.binds.empty() && place.binds.front().find_first_of("|;,") != std::string::npos) {
      note(service, "not-honoured", "a Sidecar's bind with one of | ; ,");
      return;
    }
    if (egress.port != 0 || is_unix(egress.bind)) {
      const ServicePort port{egress.port_name, egress.port, 0, egress.protocol};
      if (may_bind(place, port, service)) add_port(index, place, service, port, false);
      return;
    }
    for (const auto& port : service.ports)
      if (may_bind(place, port, service)) add_port(index, place, service, port, true);
  }

  // The proxy's own ports cannot be a service's on every address at once.
  bool may_bind(const Place& place, const ServicePort& port, const Service& service) {
    if (reserved_.count(port.port) == 0) return true;
    const bool on_wildcard = place.binds.empty() ? mesh::is_http(port.protocol) || has_no_address_of_its_own(service, port.port)
                                                 : place.binds.front() == wildcards_.front();
    if (!on_wildcard) return true;
    note(service, "conflict", fmt::format("port {} is one of the proxy's own; it gets no listener", port.port));
    return false;
  }

  bool has_no_address_of_its_own(const Service& service, std::uint32_t port) {
    const std::vector<std::string> addresses = addresses_for(view_, service);
    if (addresses.empty()) return service.resolution != mesh::Resolution::kPassthrough || !has_pods(service, port);
    return !service.kubernetes &&
           std::any_of(addresses.begin(), addresses.end(), [](const auto& a) { return is_range(without_full_mask(a)); });
  }

  void add_port(std::size_t index, const Place& place, const Service& service, const ServicePort& port, bool may_be_pods) {
    if (port.protocol == Protocol::kUdp || port.protocol == Protocol::kHbone) return;
    ListenerAsk ask;
    if (mesh::is_http(port.protocol)) {
      if (port.protocol == Protocol::kGrpcWeb) ask.protocol = port.protocol;  // it needs a filter of its own
      ask.resolves = any_name(service);
      add_ask(index, place.binds.empty() ? Place{wildcards_, place.bind_to_port} : place, port.port, std::move(ask));
      return;
    }
    ask.protocol = port.protocol;
    ask.host = service.host;
    ask.cluster_port = service.ports.size() == 1 ? service.ports.front().port : port.port;
    if (!place.binds.empty()) {
      add_bound(index, place, service, port.port, std::move(ask));
    } else if (may_be_pods && service.resolution == mesh::Resolution::kPassthrough && service.addresses.empty() &&
               has_pods(service, port.port)) {
      pods_for(index, port.port).asks.push_back(std::move(ask));
    } else {
      add_at_addresses(index, service, port.port, std::move(ask));
    }
  }

  // A headless Service without endpoints gets no listener at all, so that scaling to nothing and back changes nothing
  // else. A ServiceEntry of resolution NONE has no endpoints by nature: it takes the whole port.
  bool has_pods(const Service& service, std::uint32_t port) {
    return service.kubernetes || !view_.endpoints(service.host, port)->endpoints.empty();
  }

  void add_bound(std::size_t index, const Place& place, const Service& service, std::uint32_t port, ListenerAsk ask) {
    const std::string address = service_address(service);
    // The address of `amime up` stands for a wildcard: every service without an address of its own is there.
    const bool on_wildcard = place.binds.front() == wildcards_.front() || place.binds.front() == view_.bind_address();
    ask.match_name = is_range(address) || (address == wildcards_.front() && on_wildcard) || any_name(service);
    add_ask(index, place, port, std::move(ask));
  }

  void add_at_addresses(std::size_t index, const Service& service, std::uint32_t port, ListenerAsk ask) {
    const std::vector<std::string> addresses = addresses_for(view_, service);
    if (addresses.empty()) {
      ask.match_name = true;
      add_ask(index, {wildcards_, false}, port, std::move(ask));
      return;
    }
    if (service.kubernetes) {
      ask.match_name = any_name(service);
      add_ask(index, {cluster_ips(service), false}, port, std::move(ask));
      return;
    }
    for (const auto& written : addresses) {
      const std::string address = without_full_mask(written);
      ListenerAsk one = ask;
      one.match_name = is_range(address) || any_name(service);
      if (is_range(address))
        one.cidrs = {address};
      else
        written_.emplace(address, port);
      add_ask(index, {is_range(address) ? wildcards_ : std::vector<std::string>{address}, false}, port, std::move(one));
    }
  }

  static bool any_name(const Service& service) {
    return service.resolution == mesh::Resolution::kDynamicDns && service.host.starts_with('*');
  }

  // The address that tells this service from others; a wildcard for a service that has none.
  std::string service_address(const Service& service) {
    const std::vector<std::string> addresses = addresses_for(view_, service);
    if (addresses.empty()) return wildcards_.front();
    return service.kubernetes ? cluster_ips(service).front() : without_full_mask(addresses.front());
  }

  // Of the families that the proxy speaks; where there is none, the first all the same.
  std::vector<std::string> cluster_ips(const Service& service) {
    std::vector<std::string> out;
    for (const auto& address : service.addresses)
      if (speaks(families_, address)) out.push_back(address);
    if (out.empty()) out.push_back(service.addresses.front());
    return out;
  }

  void add_ask(std::size_t index, const Place& place, std::uint32_t port, ListenerAsk ask) {
    const Key key{place.binds.front(), port};
    if (locked_.count(key) > 0) return;
    const auto [it, fresh] = listeners_.try_emplace(key, ListenerPlan{index, place.binds, port, place.bind_to_port, {}});
    if (fresh) order_.push_back(key);
    auto& asks = it->second.asks;
    if (std::find(asks.begin(), asks.end(), ask) == asks.end()) asks.push_back(std::move(ask));
  }

  PodsPlan& pods_for(std::size_t index, std::uint32_t port) {
    return pods_.try_emplace({index, port}, PodsPlan{index, port, {}}).first->second;
  }

  void note(const Service& service, std::string code, std::string text) {
    notes_->push_back({service.source, std::move(code), "spec.ports", std::move(text)});
  }

  View& view_;
  std::vector<Note>* const notes_;
  const IpFamilies families_;
  const std::vector<std::string> wildcards_;
  const std::set<std::uint32_t> reserved_;
  std::map<Key, ListenerPlan> listeners_;
  std::vector<Key> order_;
  std::set<Key> locked_;
  std::set<Key> written_;  // at addresses that users wrote, which may be pods'; those of Kubernetes' own Services are not
  std::map<std::pair<std::size_t, std::uint32_t>, PodsPlan> pods_;
};

}  // namespace

OutboundPlan plan_outbound(View& view, std::vector<Note>* notes) { return Planner(view, notes).run(); }

}  // namespace amime::translate
