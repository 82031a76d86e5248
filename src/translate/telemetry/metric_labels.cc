#include "translate/telemetry/metric_labels.h"

#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

// What is not there is "unknown", as in Istio: an empty label would be no label.
constexpr std::string_view kUnknownLabel = "unknown";

// The upstream host's metadata on the client's side, what the client said of itself on the server's.
void add_workloads(bool inbound, MetricLabels* out) {
  const std::string own(inbound ? "destination_" : "source_"), other(inbound ? "source_" : "destination_");
  for (const PeerFact& fact : peer_facts()) {
    const std::string suffix(fact.label);
    (*out)[own + suffix] = own_fact(fact.key);
    (*out)[other + suffix] = known_of(inbound ? "DYNAMIC_METADATA" : "UPSTREAM_METADATA", fact.key);
  }
}

// Who the sides of a connection are is in their certificates. The client's side does not say whether it encrypts, as in Istio.
void add_security(bool inbound, bool has_identity, MetricLabels* out) {
  const std::string own(inbound ? "destination_principal" : "source_principal"),
      other(inbound ? "source_principal" : "destination_principal");
  const std::string side(inbound ? "DOWNSTREAM" : "UPSTREAM");
  (*out)[own] = has_identity ? command_or_unknown(side + "_LOCAL_URI_SAN") : std::string(kUnknownLabel);
  (*out)[other] = has_identity ? command_or_unknown(side + "_PEER_URI_SAN") : std::string(kUnknownLabel);
  const char* policy = has_identity ? "%CEL(connection.mtls ? 'mutual_tls' : 'none')%" : "none";
  (*out)["connection_security_policy"] = inbound ? policy : std::string(kUnknownLabel);
}

}  // namespace

MetricLabels metric_labels(ListenerClass listener_class, LogPlace place, bool has_identity) {
  const bool inbound = listener_class == ListenerClass::kSidecarInbound, http = place == LogPlace::kHttp;
  MetricLabels out;
  out["reporter"] = inbound ? "destination" : "source";
  add_workloads(inbound, &out);
  add_security(inbound, has_identity, &out);
  out["destination_service"] = known_of("CLUSTER_METADATA", "host");
  out["destination_service_name"] = known_of("CLUSTER_METADATA", "name");
  out["destination_service_namespace"] = known_of("CLUSTER_METADATA", "namespace");
  out["response_flags"] = "%RESPONSE_FLAGS%";
  out["request_protocol"] = http ? known_of("DYNAMIC_METADATA", kProtocolKey) : "tcp";
  if (http) {
    out["response_code"] = "%RESPONSE_CODE%";
    out["grpc_response_status"] = "%GRPC_STATUS_NUMBER%";
  }
  return out;
}

}  // namespace amime::translate
