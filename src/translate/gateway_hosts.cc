#include "translate/gateway_hosts.h"

#include <algorithm>

#include "envoy/config/route/v3/route.pb.h"
#include "translate/hosts.h"
#include "translate/http_route.h"

namespace amime::translate {

using envoy::config::route::v3::VirtualHost;

struct GatewayHosts::Host {
  VirtualHost out;
  std::vector<std::string> sources;  // in order: equal lists mean equal routes
};

GatewayHosts::GatewayHosts() = default;
GatewayHosts::~GatewayHosts() = default;

namespace {

void move_catch_alls_to_end(VirtualHost* host) {
  auto* routes = host->mutable_routes();
  std::stable_partition(routes->pointer_begin(), routes->pointer_end(), [](const auto* route) { return !is_catch_all(*route); });
}

}  // namespace

GatewayHosts::Host& GatewayHosts::at(const std::string& host, std::uint32_t port) {
  auto& slot = hosts_[lower(host)];
  if (slot == nullptr) {
    slot = std::make_unique<Host>();
    slot->out.set_name(host_and_port(lower(host), port));
    slot->out.add_domains(bracketed(lower(host)));
  }
  return *slot;
}

void GatewayHosts::add_routes(const std::string& host, std::uint32_t port, const std::string& source, const VirtualHost& routes) {
  Host& entry = at(host, port);
  entry.out.mutable_routes()->MergeFrom(routes.routes());
  entry.sources.push_back(source);
}

void GatewayHosts::redirect_to_https(const std::string& host, std::uint32_t port) { at(host, port).out.set_require_tls(VirtualHost::ALL); }

void GatewayHosts::move_to(bool attempt_count, envoy::config::route::v3::RouteConfiguration* table) {
  std::vector<std::string> names;
  for (const auto& [name, host] : hosts_) names.push_back(name);
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return more_specific(a, b); });
  std::map<std::pair<std::vector<std::string>, int>, VirtualHost*> shared;
  for (const std::string& name : names) {
    Host& host = *hosts_.at(name);
    VirtualHost*& first = shared[{host.sources, static_cast<int>(host.out.require_tls())}];
    if (first != nullptr) {
      first->mutable_domains()->MergeFrom(host.out.domains());
      continue;
    }
    first = table->add_virtual_hosts();
    first->Swap(&host.out);
    first->set_include_request_attempt_count(attempt_count);
    move_catch_alls_to_end(first);
  }
  auto* all = table->mutable_virtual_hosts();
  std::sort(all->pointer_begin(), all->pointer_end(), [](const auto* a, const auto* b) { return a->name() < b->name(); });
  hosts_.clear();
}

}  // namespace amime::translate
