#include "translate/telemetry/peer.h"

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>

#include "envoy/config/core/v3/base.pb.h"
#include "envoy/config/listener/v3/listener_components.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/model.h"
#include "translate/envoy_any.h"
#include "translate/telemetry/workload_name.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using google::protobuf::Any;

constexpr std::string_view kUnknown = "unknown", kLatest = "latest";
constexpr std::string_view kAllFacts = "all";  // of filter state: all facts, as the header has them
constexpr char kSeparator = ';';

#define AMIME_NODE(key) "has(xds.node.metadata." key ") ? xds.node.metadata." key " : "
#define AMIME_LABEL(name) \
  "has(xds.node.metadata.LABELS) && '" name "' in xds.node.metadata.LABELS ? xds.node.metadata.LABELS['" name "'] : "
constexpr PeerFact kFacts[] = {
    {"workload", "workload", AMIME_NODE("WORKLOAD_NAME") "'unknown'"},
    {"namespace", "workload_namespace", AMIME_NODE("NAMESPACE") "'unknown'"},
    {"app", "app", AMIME_LABEL("app") "'unknown'"},
    {"version", "version", AMIME_LABEL("version") "'unknown'"},
    {"service", "canonical_service",
     AMIME_LABEL("service.istio.io/canonical-name") AMIME_LABEL("app.kubernetes.io/name") AMIME_LABEL("app")
         AMIME_NODE("WORKLOAD_NAME") "'unknown'"},
    {"revision", "canonical_revision",
     AMIME_LABEL("service.istio.io/canonical-revision") AMIME_LABEL("app.kubernetes.io/version") AMIME_LABEL("version") "'latest'"},
    {"cluster", "cluster", AMIME_NODE("CLUSTER_ID") "'unknown'"},
};
#undef AMIME_NODE
#undef AMIME_LABEL

std::string first_label(const mesh::Labels& labels, std::initializer_list<std::string_view> names, std::string_view otherwise) {
  for (const auto name : names)
    if (const auto at = labels.find(name); at != labels.end() && !at->second.empty()) return at->second;
  return std::string(otherwise);
}

Any packed(std::string_view type, const std::string& json) {
  Any out;
  pack_json(type, json, &out);
  return out;
}

// The n-th part of the header: what is before it, and what is after.
std::string part(std::size_t n) {
  std::string pattern = "^";
  for (std::size_t before = 0; before < n; ++before) pattern += fmt::format("[^{0}]*{0}", kSeparator);
  return pattern + fmt::format("([^{0}]*)({0}.*)?$", kSeparator);
}

Any own_facts() {
  std::string values, all;
  const auto add = [&](std::string_view key, std::string_view format) {
    values += fmt::format(
        R"({}{{"object_key":"{}.{}","factory_key":"envoy.string","format_string":{{"text_format_source":{{"inline_string":"{}"}}}}}})",
        values.empty() ? "" : ",", kPeerNamespace, key, format);
  };
  add(kUnknown, kUnknown);
  for (const auto& fact : kFacts) add(fact.key, fmt::format("%CEL({})%", fact.of_node));
  for (const auto& fact : kFacts) all += fmt::format("{}%CEL({})%", all.empty() ? "" : std::string(1, kSeparator), fact.of_node);
  add(kAllFacts, all);
  return packed("envoy.extensions.filters.network.set_filter_state.v3.Config", fmt::format(R"({{"on_new_connection":[{}]}})", values));
}

Any sender() {
  return packed("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
                fmt::format(R"({{"mutations":{{"request_mutations":[{{"append":{{"append_action":"OVERWRITE_IF_EXISTS_OR_ADD",)"
                            R"("header":{{"key":"{}","value":"{}"}}}}}}]}}}})",
                            kPeerHeader, own_fact(kAllFacts)));
}

// Any content type says HTTP first; gRPC's own then has the last word, as a rewrite that leaves nothing is not kept.
std::string protocol_rules() {
  const auto value = [&](std::string_view rest) {
    return fmt::format(R"({{"metadata_namespace":"{}","key":"{}",{}}})", kPeerNamespace, kProtocolKey, rest);
  };
  return fmt::format(
      R"({{"header":"content-type","on_header_present":{0},"on_header_missing":{0}}},{{"header":"content-type","on_header_present":{1}}})",
      value(R"("value":"http")"),
      value(R"("regex_value_rewrite":{"pattern":{"regex":"^(application/(grpc).*|.*)$"},"substitution":"\\2"})"));
}

Any reader(bool peer) {
  std::string rules = protocol_rules();
  for (std::size_t i = 0; peer && i < std::size(kFacts); ++i)
    rules += fmt::format(R"(,{{"header":"{}",{}"on_header_present":{{"metadata_namespace":"{}","key":"{}",)"
                         R"("regex_value_rewrite":{{"pattern":{{"regex":"{}"}},"substitution":"\\1"}}}}}})",
                         kPeerHeader, i + 1 == std::size(kFacts) ? R"("remove":true,)" : "", kPeerNamespace, kFacts[i].key, part(i));
  return packed("envoy.extensions.filters.http.header_to_metadata.v3.Config", fmt::format(R"({{"request_rules":[{}]}})", rules));
}

void add(std::string_view name, const Any& config, HttpConnectionManager* hcm) {
  auto* filter = hcm->add_http_filters();
  filter->set_name(std::string(name));
  *filter->mutable_typed_config() = config;
}

}  // namespace

std::span<const PeerFact> peer_facts() { return kFacts; }

std::string own_fact(std::string_view key) { return fmt::format("%FILTER_STATE({}.{}:PLAIN)%", kPeerNamespace, key); }

std::string command_or_unknown(std::string_view command) {
  return fmt::format(R"(%COALESCE({{"operators":[{{"command":"{}"}},{{"command":"FILTER_STATE","param":"{}.{}:PLAIN"}}]}})%)", command,
                     kPeerNamespace, kUnknown);
}

std::string known_of(std::string_view command, std::string_view key) {
  return fmt::format(
      R"(%COALESCE({{"operators":[{{"command":"{}","param":"{}:{}"}},{{"command":"FILTER_STATE","param":"{}.{}:PLAIN"}}]}})%)", command,
      kPeerNamespace, key, kPeerNamespace, kUnknown);
}

void set_peer(const mesh::Endpoint& endpoint, envoy::config::core::v3::Metadata* metadata) {
  if (endpoint.workload.empty()) return;  // an address that nobody knows more of
  const mesh::Labels& labels = *endpoint.labels;
  auto& fields = *(*metadata->mutable_filter_metadata())[std::string(kPeerNamespace)].mutable_fields();
  const std::string workload = workload_name(endpoint.workload, labels);
  fields["workload"].set_string_value(workload);
  fields["namespace"].set_string_value(endpoint.ns.empty() ? std::string(kUnknown) : endpoint.ns);
  fields["app"].set_string_value(first_label(labels, {"app"}, kUnknown));
  fields["version"].set_string_value(first_label(labels, {"version"}, kUnknown));
  fields["service"].set_string_value(first_label(labels, {"service.istio.io/canonical-name", "app.kubernetes.io/name", "app"}, workload));
  fields["revision"].set_string_value(
      first_label(labels, {"service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"}, kLatest));
  // Endpoints of other clusters are not read yet; this is Istio's name for the only one.
  fields["cluster"].set_string_value("Kubernetes");
}

void set_peer_service(std::string_view host, std::string_view name, std::string_view ns, envoy::config::core::v3::Metadata* metadata) {
  auto& fields = *(*metadata->mutable_filter_metadata())[std::string(kPeerNamespace)].mutable_fields();
  if (fields.contains("name")) return;  // a cluster that serves several: the first stands for all
  if (!host.empty()) fields["host"].set_string_value(std::string(host));
  fields["name"].set_string_value(std::string(name));
  if (!ns.empty()) fields["namespace"].set_string_value(std::string(ns));
}

void add_own_facts(envoy::config::listener::v3::FilterChain* chain) {
  static const Any config = own_facts();
  auto* filter = chain->add_filters();
  filter->set_name(std::string(kPeerNamespace));
  *filter->mutable_typed_config() = config;
}

void add_peer_sender(HttpConnectionManager* hcm) {
  static const Any header = sender(), protocol = reader(false);
  add("amime.peer.sender", header, hcm);
  add(kPeerNamespace, protocol, hcm);
}

void add_peer_reader(HttpConnectionManager* hcm) {
  static const Any config = reader(true);
  add(kPeerNamespace, config, hcm);
}

}  // namespace amime::translate
