#include "translate/chain.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/listener/http_inspector/v3/http_inspector.pb.h"
#include "envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.pb.h"
#include "translate/hosts.h"
#include "translate/pack.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChainMatch;
using envoy::config::listener::v3::Listener;

bool any_name(const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), "*") != names.end(); }

std::set<std::string> names_of(const std::vector<std::string>& names) {
  if (any_name(names)) return {};
  std::set<std::string> out;
  for (const auto& name : names) out.insert(lower(name));  // as Envoy compares them
  return out;
}

std::set<std::string> ranges_of(const std::vector<std::string>& cidrs) {
  std::set<std::string> out;
  for (const auto& cidr : cidrs)
    if (auto range = canonical_cidr(cidr); !range.empty()) out.insert(std::move(range));
  return out;
}

// An empty set stands for everything, which Envoy tells from every single value.
template <class Set>
bool meet(const Set& a, const Set& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  return std::any_of(a.begin(), a.end(), [&](const auto& one) { return std::find(b.begin(), b.end(), one) != b.end(); });
}

std::vector<std::string> without(const std::set<std::string>& all, const std::set<std::string>& taken) {
  std::vector<std::string> out;
  std::set_difference(all.begin(), all.end(), taken.begin(), taken.end(), std::back_inserter(out));
  return out;
}

}  // namespace

bool ChainMatch::matches_all() const {
  return (sni_hosts.empty() || any_name(sni_hosts)) && application_protocols.empty() && transport_protocol.empty() &&
         destination_cidrs.empty();
}

bool ChainMatch::same_as(const ChainMatch& other) const {
  return transport_protocol == other.transport_protocol && application_protocols == other.application_protocols &&
         names_of(sni_hosts) == names_of(other.sni_hosts) && ranges_of(destination_cidrs) == ranges_of(other.destination_cidrs);
}

bool ChainMatch::overlaps(const ChainMatch& other) const {
  return transport_protocol == other.transport_protocol && meet(application_protocols, other.application_protocols) &&
         meet(names_of(sni_hosts), names_of(other.sni_hosts)) && meet(ranges_of(destination_cidrs), ranges_of(other.destination_cidrs));
}

bool ChainMatch::yield_to(const ChainMatch& other) {
  if (!overlaps(other)) return true;
  if (auto names = without(names_of(sni_hosts), names_of(other.sni_hosts)); !names.empty()) {
    sni_hosts = std::move(names);
    return true;
  }
  auto ranges = without(ranges_of(destination_cidrs), ranges_of(other.destination_cidrs));
  if (ranges.empty()) return false;
  destination_cidrs = std::move(ranges);
  return true;
}

void ChainMatch::fill(FilterChainMatch* out) const {
  for (const auto& protocol : application_protocols) out->add_application_protocols(protocol);
  out->set_transport_protocol(transport_protocol);
  if (!any_name(sni_hosts))
    for (const auto& name : names_of(sni_hosts)) out->add_server_names(name);
  const std::set<std::string> cidrs(destination_cidrs.begin(), destination_cidrs.end());
  for (const auto& cidr : cidrs) {
    if (canonical_cidr(cidr).empty()) continue;
    set_cidr(cidr, out->add_prefix_ranges());
  }
}

std::vector<std::string> plaintext_http_protocols(bool http10) {
  if (http10) return {"http/1.0", "http/1.1", "h2c"};
  return {"http/1.1", "h2c"};
}

void add_tls_inspector(Listener* listener) {
  envoy::extensions::filters::listener::tls_inspector::v3::TlsInspector inspector;
  // Envoy's own default is 64 kB for each new connection; a ClientHello is far smaller and the buffer grows when needed.
  inspector.mutable_initial_read_buffer_size()->set_value(512);
  auto* filter = listener->add_listener_filters();
  filter->set_name("envoy.filters.listener.tls_inspector");
  pack(inspector, filter->mutable_typed_config());
}

void add_http_inspector(Listener* listener) {
  auto* filter = listener->add_listener_filters();
  filter->set_name("envoy.filters.listener.http_inspector");
  pack(envoy::extensions::filters::listener::http_inspector::v3::HttpInspector(), filter->mutable_typed_config());
}

}  // namespace amime::translate
