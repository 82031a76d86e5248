#include "translate/authn/client_tls.h"

#include <algorithm>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "translate/authn/mutual_tls.h"
#include "translate/names.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::ClientTLSSettings;

constexpr const char* kMatchKey = "envoy.transport_socket_match";

bool asks_for_it(const TrafficSettings& settings) { return settings.tls && settings.tls->mode() == ClientTLSSettings::ISTIO_MUTUAL; }

bool speaks_to_all(View& view, const MutualClient& client) {
  const auto endpoints = view.endpoints(client.service.host, client.port);
  MutualEndpoints mutual(view);
  return !endpoints->endpoints.empty() &&
         std::all_of(endpoints->endpoints.begin(), endpoints->endpoints.end(), [&](const auto& one) { return mutual.takes(one); });
}

ClientSocket socket_of(View& view, const MutualClient& client, bool http2) {
  ClientSocket out;
  out.http2 = http2;
  out.sni = sni_cluster_name(client.port, client.subset, client.service.host);
  if (const auto* tls = client.settings.tls) {
    if (!tls->sni().empty()) out.sni = tls->sni();
    out.peers.assign(tls->subject_alt_names().begin(), tls->subject_alt_names().end());
    out.any_server = tls->insecure_skip_verify().value();
  }
  if (!out.peers.empty()) return out;
  for (const auto& [ns, account] : view.accounts(client.service.host, client.port)) add_identities(view, ns, account, &out.peers);
  for (const auto& name : client.service.subject_alt_names) out.peers.push_back(name);
  return out;
}

// To each endpoint as its metadata says.
void find_out(const envoy::config::core::v3::TransportSocket& mutual, EnvoyCluster& cluster) {
  auto* encrypted = cluster.add_transport_socket_matches();
  encrypted->set_name("tlsMode-istio");
  (*encrypted->mutable_match()->mutable_fields())[kTlsModeKey].set_string_value(kTlsModeIstio);
  *encrypted->mutable_transport_socket() = mutual;
  auto* plain = cluster.add_transport_socket_matches();
  plain->set_name("tlsMode-disabled");
  plain->mutable_match();
  plain->mutable_transport_socket()->set_name("envoy.transport_sockets.raw_buffer");
  plain->mutable_transport_socket()->mutable_typed_config()->set_type_url(
      "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer");
}

}  // namespace

bool finds_out_mutual_tls(View& view, const mesh::Service& service, const TrafficSettings& settings) {
  return !settings.tls && !service.mesh_external && view.mesh_config().enable_auto_mtls().value() && view.has_identity();
}

bool has_mutual_label(const mesh::Labels& labels) {
  const auto label = labels.find(kTlsModeLabel);
  return label != labels.end() && label->second == kTlsModeIstio;
}

bool MutualEndpoints::takes(const mesh::Endpoint& endpoint) {
  if (!has_mutual_label(*endpoint.labels)) return false;
  auto found = peers_.find(endpoint.ns);
  if (found == peers_.end()) found = peers_.emplace(endpoint.ns, view_.peers_of(endpoint.ns)).first;
  return found->second.of(*endpoint.labels).of(endpoint.port) != mesh::MutualTls::kDisable;
}

bool apply_mutual_tls(View& view, const MutualClient& client, bool http2, EnvoyCluster& cluster) {
  const bool asked = asks_for_it(client.settings) && view.has_identity();
  if (!asked && !finds_out_mutual_tls(view, client.service, client.settings)) return false;
  // Envoy knows nothing of the endpoints that clients dial themselves: all take it, or none is offered it.
  if (!asked && client.kind == ClusterKind::kOriginalDst && !speaks_to_all(view, client)) return true;
  envoy::config::core::v3::TransportSocket socket;
  set_client_socket(view, socket_of(view, client, http2), &socket);
  if (asked || client.kind == ClusterKind::kOriginalDst)
    *cluster.mutable_transport_socket() = socket;
  else
    find_out(socket, cluster);
  return true;
}

void mark_mutual(envoy::config::core::v3::Metadata* metadata) {
  (*(*metadata->mutable_filter_metadata())[kMatchKey].mutable_fields())[kTlsModeKey].set_string_value(kTlsModeIstio);
}

}  // namespace amime::translate
