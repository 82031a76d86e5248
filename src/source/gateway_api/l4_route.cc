#include "source/gateway_api/l4_route.h"

#include <fmt/format.h>

#include <algorithm>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/gateway_api/backend.h"
#include "source/gateway_api/derived.h"

namespace amime::source::gateway_api {
namespace {

namespace api = istio::networking::v1alpha3;
using Destinations = google::protobuf::RepeatedPtrField<api::RouteDestination>;

class L4Deriver {
 public:
  L4Deriver(Reads& reads, const mesh::ObjectPtr& route) : reads_(reads), route_(route), tls_(route->key.kind == mesh::Kind::kTlsRoute) {}

  L4Result run(const Attachments& attachments) {
    if (!attachments.listeners.empty()) convert(true, out_.gateway);
    for (const auto& at : attachments.listeners) {
      std::vector<std::string> hosts;
      for (const auto& host : at.hosts) hosts.push_back(host.name);
      if (!tls_) hosts = {"*"};
      if (!hosts.empty()) emit(hosts, hosts, at.listener->gateway, 0, "*");
    }
    if (!attachments.services.empty()) convert(false, out_.mesh);
    for (const auto& at : attachments.services) {
      const auto& named = spec_of<L4RouteSpec>(*route_).hostnames;
      emit(at.hosts, named.empty() ? at.hosts : named, "mesh", at.port, at.ns == route_->key.ns ? "*" : ".");
    }
    return std::move(out_);
  }

 private:
  void convert(bool grants, std::vector<Condition>& conditions) {
    rules_.clear();
    for (const auto& backends : spec_of<L4RouteSpec>(*route_).rules) rules_.push_back(destinations(backends, grants, conditions));
  }

  // Connections to a backend that cannot be reached are closed, and so are all if no backend has a weight.
  Destinations destinations(const std::vector<WeightedBackend>& backends, bool grants, std::vector<Condition>& conditions) {
    Destinations out;
    const auto weighted = std::count_if(backends.begin(), backends.end(), [](const auto& one) { return one.weight > 0; });
    for (const auto& one : backends) {
      if (one.weight == 0) continue;
      const Backend backend = resolve_backend(reads_, route_->key, one.to, grants);
      if (backend.reason) fail(conditions, "ResolvedRefs", backend.reason, backend.message);
      add(backend, weighted > 1 ? one.weight : 0, out);
    }
    if (out.empty()) add({}, 0, out);
    return out;
  }

  static void add(const Backend& backend, std::uint32_t weight, Destinations& out) {
    auto* to = out.Add();
    to->mutable_destination()->set_host(backend.host);
    to->mutable_destination()->mutable_port()->set_number(backend.port);
    to->set_weight(static_cast<std::int32_t>(weight));
  }

  void emit(const std::vector<std::string>& hosts, const std::vector<std::string>& names, const std::string& gateway, std::uint32_t port,
            const char* export_to) {
    auto spec = std::make_shared<api::VirtualService>();
    for (const auto& host : hosts) spec->add_hosts(host);
    spec->add_gateways(gateway);
    spec->add_export_to(export_to);
    for (const auto& to : rules_) {
      if (tls_) {
        auto* rule = spec->add_tls();
        auto* match = rule->add_match();
        for (const auto& name : names) match->add_sni_hosts(name);
        match->set_port(port);
        *rule->mutable_route() = to;
      } else {
        auto* rule = spec->add_tcp();
        if (port != 0) rule->add_match()->set_port(port);
        *rule->mutable_route() = to;
      }
    }
    const std::string name = fmt::format("{}~{}~{}~{}", route_->key.name, tls_ ? "tls" : "tcp", out_.derived.size(), kGatewaySuffix);
    out_.derived.push_back(make_derived({mesh::Kind::kVirtualService, route_->key.ns, name}, std::move(spec), {route_}));
  }

  Reads& reads_;
  const mesh::ObjectPtr& route_;
  const bool tls_;
  std::vector<Destinations> rules_;
  L4Result out_;
};

}  // namespace

L4Result derive_l4_route(Reads& reads, const mesh::ObjectPtr& route, const Attachments& attachments) {
  return L4Deriver(reads, route).run(attachments);
}

}  // namespace amime::source::gateway_api
