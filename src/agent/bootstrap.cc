#include "agent/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agent/node.h"
#include "base/atomic_file.h"

namespace amime::agent {
namespace {

using nlohmann::json;

json typed(const char* type, json fields) {
  fields["@type"] = fmt::format("type.googleapis.com/{}", type);
  return fields;
}
json address_json(const std::string& address, int port) { return {{"socket_address", {{"address", address}, {"port_value", port}}}}; }
json pipe_json(const std::string& path) { return {{"pipe", {{"path", path}}}}; }

json static_cluster(const char* name, const json& address, const char* timeout) {
  const json endpoint = {{"endpoint", {{"address", address}}}};
  return {{"name", name},
          {"type", "STATIC"},
          {"connect_timeout", timeout},
          {"load_assignment", {{"cluster_name", name}, {"endpoints", json::array({{{"lb_endpoints", json::array({endpoint})}}})}}}};
}

json grpc_cluster(const char* name, const std::string& socket) {
  json out = static_cluster(name, pipe_json(socket), "1s");
  constexpr const char* kOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  out["typed_extension_protocol_options"][kOptions] =
      typed(kOptions, {{"explicit_http_config", {{"http2_protocol_options", json::object()}}}});
  // Enough for any number of secrets, each of which is a stream.
  out["circuit_breakers"]["thresholds"] =
      json::array({{{"max_connections", 100000}, {"max_pending_requests", 100000}, {"max_requests", 100000}}});
  return out;
}

// Passes one path on to a cluster of this machine.
json forwarding_listener(const AgentOptions& options, int port, const char* stat_prefix, const char* prefix, const char* cluster) {
  const json route = {{"match", {{"prefix", prefix}}}, {"route", {{"cluster", cluster}}}};
  const json host = {{"name", "backend"}, {"domains", {"*"}}, {"routes", json::array({route})}};
  const json router = {{"name", "envoy.filters.http.router"},
                       {"typed_config", typed("envoy.extensions.filters.http.router.v3.Router", json::object())}};
  const json manager = typed(
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      {{"stat_prefix", stat_prefix}, {"route_config", {{"virtual_hosts", json::array({host})}}}, {"http_filters", json::array({router})}});
  const json filter = {{"name", "envoy.filters.network.http_connection_manager"}, {"typed_config", manager}};
  return {{"name", fmt::format("{}_{}", options.listen, port)},
          {"address", address_json(options.listen, port)},
          {"ignore_global_conn_limit", true},
          {"bypass_overload_manager", true},
          {"filter_chains", json::array({{{"filters", json::array({filter})}}})}};
}

json dynamic_resources() {
  const json ads = {{"ads", json::object()}, {"initial_fetch_timeout", "0s"}, {"resource_api_version", "V3"}};
  const json agent = {{"envoy_grpc", {{"cluster_name", "xds-grpc"}}}};
  return {{"lds_config", ads},
          {"cds_config", ads},
          {"ads_config",
           {{"api_type", "DELTA_GRPC"},
            {"transport_api_version", "V3"},
            {"set_node_on_first_message_only", true},
            {"grpc_services", json::array({agent})}}}};
}

// What a Pod's annotation says (separated by commas), else its ProxyConfig's proxyStatsMatcher.
std::vector<std::string> more_statistics(const AgentOptions& options, const char* annotation, const char* field) {
  std::vector<std::string> out;
  if (const auto it = options.annotations.find(annotation); it != options.annotations.end()) {
    std::istringstream parts(it->second);
    for (std::string part; std::getline(parts, part, ',');)
      if (!part.empty()) out.push_back(part);
    return out;
  }
  const auto config = json::parse(options.proxy_config_json, nullptr, false);
  if (!config.is_object() || !config.contains("proxyStatsMatcher") || !config["proxyStatsMatcher"].contains(field)) return out;
  for (const auto& value : config["proxyStatsMatcher"][field])
    if (value.is_string()) out.push_back(value.get<std::string>());
  return out;
}

// Thousands of statistics that nobody reads cost an Envoy more memory than its configuration. Which ones stay is Istio's choice, and the
// user's.
json stats_matcher(const AgentOptions& options) {
  json patterns = json::array();
  for (const char* prefix :
       {"reporter=", "cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "cluster.sds-grpc", "wasm", "component", "istio"})
    patterns.push_back({{"prefix", prefix}});
  for (const char* suffix : {"rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied", "downstream_cx_active"})
    patterns.push_back({{"suffix", suffix}});
  for (const auto& text : more_statistics(options, "sidecar.istio.io/statsInclusionPrefixes", "inclusionPrefixes"))
    patterns.push_back({{"prefix", text}});
  for (const auto& text : more_statistics(options, "sidecar.istio.io/statsInclusionSuffixes", "inclusionSuffixes"))
    patterns.push_back({{"suffix", text}});
  for (const auto& text : more_statistics(options, "sidecar.istio.io/statsInclusionRegexps", "inclusionRegexps"))
    patterns.push_back({{"safe_regex", {{"regex", text}}}});
  return {{"inclusion_list", {{"patterns", patterns}}}};
}

}  // namespace

std::string bootstrap_json(const AgentOptions& options) {
  json listeners = json::array();
  if (options.stats_port)
    listeners.push_back(forwarding_listener(options, options.stats_port, "stats", "/stats/prometheus", "prometheus_stats"));
  if (options.envoy_status_port)
    listeners.push_back(forwarding_listener(options, options.envoy_status_port, "agent", "/healthz/ready", "agent"));
  const json clusters = {static_cluster("prometheus_stats", address_json(options.address, options.admin_port), "0.250s"),
                         static_cluster("agent", address_json(options.address, options.status_port), "0.250s"),
                         grpc_cluster("sds-grpc", options.sds_socket), grpc_cluster("xds-grpc", options.xds_socket)};
  const json out = {{"node", json::parse(node_json(options))},
                    {"admin", {{"address", address_json(options.address, options.admin_port)}}},
                    {"dynamic_resources", dynamic_resources()},
                    {"stats_config", {{"stats_matcher", stats_matcher(options)}}},
                    {"static_resources", {{"listeners", listeners}, {"clusters", clusters}}}};
  return out.dump(2, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<std::string> write_bootstrap(const AgentOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.config_dir, error);
  if (error) return absl::InternalError(fmt::format("{}: {}", options.config_dir, error.message()));
  const auto file = options.config_dir + "/envoy-rev.json";
  if (auto status = base::replace_file(file, bootstrap_json(options), 0600); !status.ok()) return status;
  return file;
}

std::vector<std::string> envoy_arguments(const AgentOptions& options, const std::string& bootstrap_file) {
  std::vector<std::string> out = {options.envoy,
                                  "-c",
                                  bootstrap_file,
                                  "--drain-time-s",
                                  std::to_string(options.drain.count()),
                                  "--drain-strategy",
                                  "immediate",
                                  "--local-address-ip-version",
                                  options.ip.find(':') == std::string::npos ? "v4" : "v6",
                                  "--file-flush-interval-msec",
                                  "1000",
                                  "--disable-hot-restart",
                                  "--allow-unknown-static-fields"};
  // "info,misc:error": a level, and levels of components.
  std::string level, components;
  for (std::string rest = options.log_level; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    if (part.find(':') == std::string::npos) {
      level = part;
    } else {
      components += (components.empty() ? "" : ",") + part;
    }
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  if (components.empty()) components = options.component_log_level;
  if (!level.empty()) out.insert(out.end(), {"-l", level});
  if (!components.empty()) out.insert(out.end(), {"--component-log-level", components});
  if (options.concurrency > 0) out.insert(out.end(), {"--concurrency", std::to_string(options.concurrency)});
  return out;
}

}  // namespace amime::agent
