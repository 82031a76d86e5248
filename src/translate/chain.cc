#include "translate/chain.h"

#include <algorithm>
#include <set>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/listener/http_inspector/v3/http_inspector.pb.h"
#include "envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.pb.h"
#include "translate/pack.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChainMatch;
using envoy::config::listener::v3::Listener;

bool any_name(const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), "*") != names.end(); }

std::set<std::string> names_of(const std::vector<std::string>& names) {
  std::set<std::string> out(names.begin(), names.end());
  out.erase("*");
  return out;
}

std::set<std::string> ranges_of(const std::vector<std::string>& cidrs) {
  std::set<std::string> out;
  for (const auto& cidr : cidrs)
    if (auto range = canonical_cidr(cidr); !range.empty()) out.insert(std::move(range));
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
