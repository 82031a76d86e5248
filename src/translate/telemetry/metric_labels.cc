#include "translate/telemetry/metric_labels.h"

#include "translate/telemetry/peer.h"

namespace amime::translate {
namespace {

// What is not there is "unknown", as in Istio: an empty label would be no label.
constexpr std::string_view kUnknown = "unknown";

// The upstream host's metadata on the client's side, what the client said of itself on the server's.
void add_workloads(bool inbound, MetricLabels* out) {
  const std::string own(inbound ? "destination_" : "source_"), other(inbound ? "source_" : "destination_");
  for (const PeerFact& fact : peer_facts()) {
    const std::string suffix(fact.label);
    (*out)[own + suffix] = own_fact(fact.key);
    (*out)[other + suffix] = known_of(inbound ? "DYNAMIC_METADATA" : "UPSTREAM_METADATA", fact.key);
  }
}

// There is no identity yet: nobody has a principal, and nothing inside of the mesh is encrypted by it.
void add_security(bool inbound, MetricLabels* out) {
  (*out)["source_principal"] = (*out)["destination_principal"] = kUnknown;
  (*out)["connection_security_policy"] = inbound ? "none" : kUnknown;
}

}  // namespace

MetricLabels metric_labels(ListenerClass listener_class, LogPlace place) {
  const bool inbound = listener_class == ListenerClass::kSidecarInbound, http = place == LogPlace::kHttp;
  MetricLabels out;
  out["reporter"] = inbound ? "destination" : "source";
  add_workloads(inbound, &out);
  add_security(inbound, &out);
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
