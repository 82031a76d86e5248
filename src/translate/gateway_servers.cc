#include "translate/gateway_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "networking/v1alpha3/gateway.pb.h"
#include "translate/route_table.h"
#include "translate/secret_name.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::Gateway;
using istio::networking::v1alpha3::Server;
using Tls = istio::networking::v1alpha3::ServerTLSSettings;
using mesh::Protocol;

Protocol protocol_of(const Server& server) { return mesh::parse_protocol(server.port().protocol()); }
// Told apart by TLS. HTTP with TLS settings is only a redirect to HTTPS.
bool by_tls(const Server& server) { return server.has_tls() && !mesh::is_http(protocol_of(server)); }
bool has_http_routes(const Server& server) {
  return mesh::is_http(protocol_of(server)) || (protocol_of(server) == Protocol::kHttps && !is_passthrough(server));
}

std::vector<std::string> resolved_hosts(const Server& server, const std::string& ns) {
  std::vector<std::string> out;
  for (const auto& host : server.hosts()) {
    if (host == "*/*") return {"*"};
    if (host.starts_with("./"))
      out.push_back(ns + host.substr(1));
    else
      out.push_back(host.starts_with("*/") ? host.substr(2) : host);
  }
  return out;
}

class Merger {
 public:
  Merger(const std::function<std::uint32_t(std::uint32_t)>& listener_port, std::vector<Note>* notes)
      : listener_port_(listener_port), notes_(notes) {}

  void add(GatewayServer in) {
    const Server& server = *in.server;
    GatewayPort key{listener_port_(server.port().number()), protocol_of(server), server.bind(), {}, {}};
    in.table = gateway_table_name(server, key.port, in.gateway->key.name, in.gateway->key.ns);
    if (const auto why = refusal(in, key)) {
      notes_->push_back({in.gateway->key, "conflict", in.field("port"), *why + "; the server is left out"});
      return;
    }
    if (has_http_routes(server)) tables_.insert(in.table);
    join(std::move(in), std::move(key));
  }

  std::vector<GatewayPort> take() { return std::move(ports_); }

 private:
  GatewayPort* find(const GatewayPort& key) {
    for (auto& port : ports_)
      if (port.port == key.port && port.protocol == key.protocol && port.bind == key.bind) return &port;
    return nullptr;
  }
  const GatewayPort* plain_on(std::uint32_t port) const {
    const auto it = plain_.find(port);
    return it == plain_.end() ? nullptr : &it->second;
  }

  // Why the server cannot stand beside those that are there already.
  std::optional<std::string> refusal(const GatewayServer& in, const GatewayPort& key) {
    const Server& server = *in.server;
    if (server.has_tls() && !claim_hosts(in, key)) return "another server on this port has one of its hosts already";
    if (by_number_.insert(key.port).second) return std::nullopt;  // the first on this port
    if (const GatewayPort* plain = plain_on(key.port)) {
      if (plain->bind != key.bind) return std::nullopt;
      if (!mesh::is_http(key.protocol) || !mesh::is_http(plain->protocol)) return "the port is another server's, with another protocol";
      return std::nullopt;
    }
    if (!by_tls(server)) return std::nullopt;
    if (has_http_routes(server) && tables_.count(in.table) > 0) return "another HTTPS server of this Gateway has the same port name";
    return std::nullopt;
  }

  // Envoy tells TLS servers apart by name: no two may have the same on one port and bind.
  bool claim_hosts(const GatewayServer& in, const GatewayPort& key) {
    auto& claimed = hosts_[{key.port, key.bind}];
    for (const auto& host : in.hosts)
      if (claimed.count(host) > 0) return false;
    claimed.insert(in.hosts.begin(), in.hosts.end());
    return true;
  }

  void join(GatewayServer in, GatewayPort key) {
    const bool plain = !by_tls(*in.server);
    if (plain) {
      key.table = in.table;
      const auto [it, fresh] = plain_.try_emplace(key.port, key);
      // Plain HTTP servers share one listener whatever the names of their protocols (HTTP, HTTP2, GRPC).
      if (!fresh && it->second.bind == key.bind) key.protocol = it->second.protocol;
    }
    GatewayPort* port = find(key);
    if (port == nullptr) port = &ports_.emplace_back(std::move(key));
    port->servers.push_back(std::move(in));
  }

  const std::function<std::uint32_t(std::uint32_t)>& listener_port_;
  std::vector<Note>* const notes_;
  std::vector<GatewayPort> ports_;
  std::set<std::uint32_t> by_number_;
  std::map<std::uint32_t, GatewayPort> plain_;  // the first plain server of a port
  std::set<std::string> tables_;
  std::map<std::pair<std::uint32_t, std::string>, std::set<std::string>> hosts_;
};

}  // namespace

std::string GatewayServer::field(std::string_view name) const { return fmt::format("spec.servers[{}].{}", index, name); }

std::vector<std::string> GatewayServer::sni_hosts() const {
  std::set<std::string> out;
  for (const auto& host : hosts) out.insert(host.substr(host.find('/') == std::string::npos ? 0 : host.find('/') + 1));
  return {out.begin(), out.end()};
}

bool is_passthrough(const Server& server) {
  return server.has_tls() && (server.tls().mode() == Tls::PASSTHROUGH || server.tls().mode() == Tls::AUTO_PASSTHROUGH);
}

bool terminates_https(const Server& server) {
  return server.has_tls() && protocol_of(server) == Protocol::kHttps && !is_passthrough(server);
}

std::vector<std::string> secret_names(const Server& server) {
  const Tls& tls = server.tls();
  std::vector<std::string> out;
  for (const auto& name : tls.credential_names()) out.push_back(secret_resource_name(name));
  if (out.empty() && !tls.credential_name().empty()) out.push_back(secret_resource_name(tls.credential_name()));
  if (out.empty() || is_passthrough(server)) return {};
  if (tls.mode() == Tls::MUTUAL || tls.mode() == Tls::OPTIONAL_MUTUAL)
    out.push_back(tls.ca_cert_credential_name().empty() ? out.front() + std::string(kAuthoritySuffix)
                                                        : secret_resource_name(tls.ca_cert_credential_name()));
  return out;
}

std::vector<GatewayPort> merge_gateways(const std::vector<mesh::ObjectPtr>& gateways,
                                        const std::function<std::uint32_t(std::uint32_t)>& listener_port, std::vector<Note>* notes) {
  Merger merger(listener_port, notes);
  for (const auto& gateway : gateways) {
    const auto& spec = gateway->spec<Gateway>();
    for (int i = 0; i < spec.servers_size(); ++i) {
      if (!spec.servers(i).has_port()) continue;
      merger.add({gateway, i, &spec.servers(i), resolved_hosts(spec.servers(i), gateway->key.ns), {}});
    }
  }
  return merger.take();
}

}  // namespace amime::translate
