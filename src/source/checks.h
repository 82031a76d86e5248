// Checks that several kinds share: durations, ports, names, labels, regular expressions. Private to validate_*.cc.
//
// Each reports what is wrong at `at` and returns nothing; a value that may be absent is checked by the caller's condition.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "source/names.h"
#include "source/problem.h"

namespace google::protobuf {
class Duration;
}
namespace istio::networking::v1alpha3 {
class ClientTLSSettings;
class ConnectionPoolSettings;
class Destination;
class LoadBalancerSettings;
class LocalityLoadBalancerSetting;
class OutlierDetection;
class Percent;
class ServerTLSSettings;
class StringMatch;
class TrafficPolicy;
class WorkloadEntry;
}  // namespace istio::networking::v1alpha3
namespace istio::type::v1beta1 {
class PolicyTargetReference;
}  // namespace istio::type::v1beta1

namespace amime::source {

namespace networking = istio::networking::v1alpha3;

using StringList = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;
// Protobuf's containers as ours.
template <class Repeated>
StringList list_of(const Repeated& repeated) {
  return StringList(repeated.begin(), repeated.end());
}
template <class Map>
StringMap map_of(const Map& map) {
  return StringMap(map.begin(), map.end());
}

// --- checks.cc ---
void check_duration(const google::protobuf::Duration& duration, const Path& at, Errors& errors);  // at least 1 ms, whole ms
std::int64_t nanoseconds_of(const google::protobuf::Duration& duration);
void check_port(std::int64_t number, const Path& at, Errors& errors);
void check_not_negative(std::int64_t number, const Path& at, Errors& errors);
void check_percent(std::int64_t number, const Path& at, Errors& errors);                    // 0 to 100
void check_fraction(const networking::Percent& percent, const Path& at, Errors& errors);    // 0, or 0.0001 to 100
void check_wrong(std::string wrong, const Path& at, Errors& errors);                        // reports unless it is empty
void check_label(std::string_view name, const char* what, const Path& at, Errors& errors);  // DNS label, capitals allowed
void check_labels(const StringMap& labels, const Path& at, Errors& errors);                 // Kubernetes labels
void check_selector(const StringMap& labels, const Path& at, Errors& errors);               // no wildcards, no empty keys
void check_protocol(const std::string& protocol, const Path& at, Errors& errors);           // empty is sniffed
bool known_protocol(const std::string& protocol);
void check_export_to(const StringList& entries, const std::string& ns, bool service_entry, const Path& at, Errors& errors);
void check_gateway_names(const StringList& names, const Path& at, Errors& errors);  // NAMESPACE/NAME, or a host name
void check_addresses(const StringList& addresses, const Path& at, Errors& errors);  // IP or CIDR
// NAMESPACE/HOST of Gateways and Sidecars.
void check_scoped_host(const std::string& host, bool gateway, const Path& at, Errors& errors);

// --- checks_text.cc ---
void check_regex(const std::string& regex, const Path& at, Errors& errors);
void check_match(const networking::StringMatch& match, bool empty_prefix_allowed, const Path& at, Errors& errors);
bool is_header_name(std::string_view name);                                // RFC 7230 token
bool is_plain_header_name(std::string_view name, std::string_view signs);  // letters, digits and these signs only
bool is_authority_header(std::string_view name);
void check_header_value(const std::string& value, const Path& at, Errors& errors);  // Envoy's %COMMANDS% well formed

// --- validate_destination_rule.cc and its neighbours ---
void check_destination(const networking::Destination& destination, const Path& at, Errors& errors);
void check_traffic_policy(const networking::TrafficPolicy& policy, const std::string& ns, const Path& at, Errors& errors);
void check_connection_pool(const networking::ConnectionPoolSettings& pool, const Path& at, Errors& errors);
void check_outlier_detection(const networking::OutlierDetection& outlier, const Path& at, Errors& errors);
void check_load_balancer(const networking::LoadBalancerSettings& balancer, bool has_outlier, const Path& at, Errors& errors);
void check_locality_setting(const networking::LocalityLoadBalancerSetting& setting, bool has_outlier, const Path& at, Errors& errors);
void check_client_tls(const networking::ClientTLSSettings& tls, const std::string& ns, const Path& at, Errors& errors);
void check_server_tls(const networking::ServerTLSSettings& tls, const Path& at, Errors& errors);
// Ports of an endpoint must be among `service_ports` unless that is null.
void check_workload_entry(const networking::WorkloadEntry& entry, const StringList* service_ports, bool host_allowed, const Path& at,
                          Errors& errors);

// --- validate_security.cc ---
// What a policy's targetRef(s) may name.
void check_target(const istio::type::v1beta1::PolicyTargetReference& reference, const Path& at, Errors& errors);

}  // namespace amime::source
