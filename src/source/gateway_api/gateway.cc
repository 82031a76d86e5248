#include "source/gateway_api/gateway.h"

#include <fmt/format.h>

#include <algorithm>

#include "networking/v1alpha3/gateway.pb.h"
#include "source/gateway_api/derived.h"
#include "source/gateway_api/workloads.h"

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;
using mesh::ObjectPtr;
using Server = istio::networking::v1alpha3::Server;

const std::map<std::string, std::string, std::less<>> kBuiltIn = {{"istio", kController},
                                                                  {"istio-remote", "istio.io/unmanaged-gateway"},
                                                                  {"istio-waypoint", "istio.io/mesh-controller"},
                                                                  {"istio-east-west", "istio.io/eastwest-controller"}};

bool is_http(const Listener& l) { return l.protocol == "HTTP" || l.protocol == "HTTPS" || l.protocol == "TLS"; }
std::string hostname_of(const Listener& l) { return l.hostname.empty() || !is_http(l) ? "*" : l.hostname; }  // TCP has none

// One Gateway with all that attaches to it.
class Builder {
 public:
  Builder(Reads& reads, const ObjectPtr& gateway) : reads_(reads), gateway_(gateway), spec_(spec_of<GatewaySpec>(*gateway)) {}

  GatewayResult build() {
    ObjectStatus& status = out_.status[gateway_->key];
    status.conditions = {{"Accepted", true, "Accepted", "Resource accepted"}, {"Programmed", true, "Programmed", "Resource programmed"}};
    workloads_ = workloads_of(reads_, *gateway_, status.conditions);
    const std::size_t valid = add_listeners(gateway_, spec_.listeners);
    if (valid < spec_.listeners.size()) {
      if (valid == 0) fail(status.conditions, "Accepted", "ListenersNotValid", "None of the Gateway's listeners is valid");
      fail(status.conditions, "Programmed", "Invalid", fmt::format("{} of {} listeners are valid", valid, spec_.listeners.size()));
    }
    warn_of_fallback(out_.status[gateway_->key].conditions);
    add_sets();
    set_taken();
    return std::move(out_);
  }

 private:
  // Returns how many are served.
  std::size_t add_listeners(const ObjectPtr& owner, const std::vector<Listener>& listeners) {
    auto& bound = out_.listeners[owner->key];
    std::size_t valid = 0;
    for (const auto& listener : listeners) {
      PartStatus status{listener.name, good_listener(), 0};
      valid += add(owner, listener, bound, status.conditions);
      out_.status[owner->key].parts.push_back(std::move(status));
    }
    return valid;
  }

  bool add(const ObjectPtr& owner, const Listener& listener, std::vector<BoundListener>& bound, std::vector<Condition>& conditions) {
    if (conflicts(listener, conditions)) return false;
    BoundListener one{listener.name, hostname_of(listener), listener.protocol, listener.port, {}, false, {}, {}, {}, false};
    one.passthrough = listener.tls && listener.tls->passthrough;
    const std::string name = fmt::format("{}-{}-{}", owner->key.name, kGatewaySuffix, listener.name);
    one.gateway = fmt::format("{}/{}", owner->key.ns, name);
    set_admission(reads_, listener, owner->key.ns, one, conditions);
    Server server;
    const bool served = fill(owner, listener, one, &server, conditions);
    if (served && reachable(listener, conditions)) emit(owner, name, server);
    bound.push_back(std::move(one));
    return served && trouble({conditions, {}}).empty();
  }

  // Of two that cannot be told apart the first is served.
  bool conflicts(const Listener& listener, std::vector<Condition>& conditions) {
    for (const auto& other : seen_) {
      if (other.port != listener.port) continue;
      const bool both = is_http(other) && is_http(listener);
      if (both && hostname_of(other) != hostname_of(listener)) continue;
      const char* reason = both && other.protocol == listener.protocol ? "HostnameConflict" : "ProtocolConflict";
      const std::string message =
          fmt::format("listener {} has port {} already{}", other.name, other.port, both ? " for this host name" : "");
      fail(conditions, "Conflicted", reason, message);
      fail(conditions, "Accepted", reason, message);
      fail(conditions, "Programmed", "Invalid", message);
      return true;
    }
    seen_.push_back(listener);
    return false;
  }

  bool fill(const ObjectPtr& owner, const Listener& listener, const BoundListener& bound, Server* server,
            std::vector<Condition>& conditions) {
    if (listener.protocol != "TCP" && !is_http(listener)) {
      fail(conditions, "Accepted", "UnsupportedProtocol", fmt::format("protocol {} is not supported", listener.protocol));
      return false;
    }
    server->mutable_port()->set_name("default");
    server->mutable_port()->set_number(listener.port);
    server->mutable_port()->set_protocol(listener.protocol);
    for (const auto& ns : bound.namespaces) server->add_hosts(ns + "/" + bound.hostname);
    if (bound.namespaces.empty()) server->add_hosts("~/" + bound.hostname);  // nobody's
    if (listener.tls)
      return set_tls(reads_, {owner->key, gateway_->key, clients_of(listener)}, listener, server->mutable_tls(), conditions);
    if (listener.protocol != "HTTPS" && listener.protocol != "TLS") return true;
    fail(conditions, "Accepted", "UnsupportedProtocol", fmt::format("protocol {} needs tls", listener.protocol));
    return false;
  }

  const ClientValidation* clients_of(const Listener& listener) const {
    const auto own = spec_.by_port.find(listener.port);
    const auto& clients = own == spec_.by_port.end() ? spec_.clients : own->second;
    return clients ? &*clients : nullptr;
  }

  // Said wherever somebody may come in without a certificate though one is asked for.
  void warn_of_fallback(std::vector<Condition>& conditions) const {
    const auto insecure = [](const auto& clients) { return clients && clients->insecure; };
    if (!insecure(spec_.clients) &&
        std::none_of(spec_.by_port.begin(), spec_.by_port.end(), [&](const auto& port) { return insecure(port.second); }))
      return;
    conditions.push_back(
        {"InsecureFrontendValidationMode", true, "ConfigurationChanged", "clients that cannot show a valid certificate come in as well"});
  }

  // Clients come through the Service.
  bool reachable(const Listener& listener, std::vector<Condition>& conditions) const {
    if (workloads_.selector.empty()) return false;
    if (!workloads_.ports || workloads_.ports->contains(listener.port)) return true;
    fail(conditions, "Programmed", "AddressNotUsable", fmt::format("the Service before the pods has no port {}", listener.port));
    return false;
  }

  void emit(const ObjectPtr& owner, const std::string& name, const Server& server) {
    auto spec = std::make_shared<istio::networking::v1alpha3::Gateway>();
    *spec->add_servers() = server;
    for (const auto& [key, value] : workloads_.selector) (*spec->mutable_selector())[key] = value;
    std::vector<ObjectPtr> from = {owner};
    if (owner != gateway_) from.push_back(gateway_);
    out_.derived.push_back(make_derived({Kind::kGateway, owner->key.ns, name}, std::move(spec), from, workloads_.ns));
  }

  void add_sets() {
    if (spec_.listener_sets.from == From::kNone) return;
    const auto allowed = allowed_namespaces(reads_, spec_.listener_sets, gateway_->key.ns);
    std::vector<ObjectPtr> sets;
    for (const auto& set : reads_.all(Kind::kListenerSet)) {
      const auto& parent = spec_of<ListenerSetSpec>(*set).parent.to;
      if (parent.kind != "Gateway" || parent.group != kGroup || parent.name != gateway_->key.name) continue;
      if ((parent.ns.empty() ? set->key.ns : parent.ns) != gateway_->key.ns) continue;
      if (allowed == std::vector<std::string>{"*"} || std::find(allowed.begin(), allowed.end(), set->key.ns) != allowed.end())
        sets.push_back(set);
    }
    std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) { return a->created < b->created; });
    for (const auto& set : sets) add_set(set);
  }

  void add_set(const ObjectPtr& set) {
    const auto& listeners = spec_of<ListenerSetSpec>(*set).listeners;
    ObjectStatus& status = out_.status[set->key];
    status.conditions = {{"Accepted", true, "Accepted", "Resource accepted"}, {"Programmed", true, "Programmed", "Resource programmed"}};
    const std::size_t valid = add_listeners(set, listeners);
    if (valid == listeners.size()) return;
    const std::string message = fmt::format("{} of {} listeners are valid", valid, listeners.size());
    if (valid == 0) fail(status.conditions, "Accepted", "ListenersNotValid", message);
    fail(status.conditions, "Programmed", "Invalid", message);
  }

  // Listeners of one port share a table of routes, but a request belongs to the listener whose name covers its host best.
  void set_taken() {
    for (auto& [owner, mine] : out_.listeners)
      for (auto& listener : mine)
        for (const auto& [other_owner, others] : out_.listeners)
          for (const auto& other : others)
            if (&other != &listener && other.port == listener.port && other.protocol == listener.protocol &&
                other.hostname != listener.hostname)
              listener.taken.push_back(other.hostname);
  }

  Reads& reads_;
  const ObjectPtr& gateway_;
  const GatewaySpec& spec_;
  GatewayWorkloads workloads_;
  std::vector<Listener> seen_;
  GatewayResult out_;
};

GatewayResult only_status(const ObjectPtr& gateway, std::vector<Condition> conditions) {
  GatewayResult out;
  out.status[gateway->key].conditions = std::move(conditions);
  return out;
}

}  // namespace

std::string controller_of(Reads& reads, const std::string& class_name) {
  if (const auto found = reads.find(Kind::kGatewayClass, "", class_name)) return spec_of<GatewayClassSpec>(*found).controller;
  const auto built_in = kBuiltIn.find(class_name);
  return built_in == kBuiltIn.end() ? std::string() : built_in->second;
}

GatewayResult derive_gateway(Reads& reads, const ObjectPtr& gateway) {
  const std::string& class_name = spec_of<GatewaySpec>(*gateway).class_name;
  const std::string controller = controller_of(reads, class_name);
  if (controller == kController) return Builder(reads, gateway).build();
  if (controller.empty())
    return only_status(gateway, {{"Accepted", false, "Pending", fmt::format("there is no GatewayClass {}", class_name)}});
  if (controller == "istio.io/unmanaged-gateway") {
    return only_status(gateway, {{"Accepted", true, "Accepted", "Resource accepted"},
                                 {"Programmed", true, "Programmed", "This Gateway is remote; nothing is programmed for it"}});
  }
  if (controller.starts_with("istio.io/"))
    return only_status(gateway, {{"Accepted", false, "InvalidParameters", "waypoints and east-west gateways are not part of this mesh"}});
  return {};
}

}  // namespace amime::source::gateway_api
