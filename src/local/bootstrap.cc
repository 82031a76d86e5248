#include "local/bootstrap.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/version.h"

namespace amime::local {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

ordered_json socket_address(const std::string& address, unsigned port) {
  return {{"socket_address", {{"address", address}, {"port_value", port}}}};
}

ordered_json metadata(const Workload& workload) {
  ordered_json out = {{"NAME", workload.name},
                      {"NAMESPACE", workload.ns},
                      {"CLUSTER_ID", "Kubernetes"},
                      {"MESH_ID", "cluster.local"},
                      {"ISTIO_VERSION", "1.31.0"},
                      {"INSTANCE_IPS", workload.addresses.inbound},
                      {"SERVICE_ACCOUNT", workload.service_account},
                      {"WORKLOAD_NAME", workload.owner},
                      {"LABELS", ordered_json::object()},
                      {"AMIME_INBOUND_ADDRESS", workload.addresses.inbound},
                      {"AMIME_BIND_ADDRESS", workload.addresses.bind}};
  for (const auto& [name, value] : workload.labels) out["LABELS"][name] = value;
  if (!workload.gateway) {
    out["INTERCEPTION_MODE"] = "NONE";
    out["AMIME_APP_ADDRESS"] = workload.addresses.app;
  }
  return out;
}

ordered_json xds_cluster(std::uint16_t port) {
  const ordered_json endpoint = {{"endpoint", {{"address", socket_address("127.0.0.1", port)}}}};
  const ordered_json endpoints = {{{"lb_endpoints", ordered_json::array({endpoint})}}};
  const ordered_json protocol = {{"@type", "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"},
                                 {"explicit_http_config", {{"http2_protocol_options", ordered_json::object()}}}};
  return {{"name", "xds-grpc"},
          {"type", "STATIC"},
          {"connect_timeout", "1s"},
          {"load_assignment", {{"cluster_name", "xds-grpc"}, {"endpoints", endpoints}}},
          {"typed_extension_protocol_options", {{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions", protocol}}}};
}

bool is_executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

// DIR/.deps/envoy of `start` and of the directories above it.
std::string in_checkout(fs::path start) {
  for (; !start.empty(); start = start.parent_path()) {
    if (is_executable(start / ".deps" / "envoy")) return start / ".deps" / "envoy";
    if (start == start.parent_path()) break;
  }
  return {};
}

std::string in_path() {
  const char* value = std::getenv("PATH");
  std::string_view rest = value ? value : "";
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, end)) / "envoy";
    if (is_executable(candidate)) return candidate;
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return {};
}

}  // namespace

std::string node_id(const Workload& workload) {
  return fmt::format("{}~{}~{}.{}~{}.svc.cluster.local", workload.gateway ? "router" : "sidecar", workload.addresses.inbound, workload.name,
                     workload.ns, workload.ns);
}

std::string bootstrap_json(const Workload& workload, std::uint16_t xds_port) {
  const ordered_json ads = {{"ads", ordered_json::object()}, {"initial_fetch_timeout", "0s"}, {"resource_api_version", "V3"}};
  const ordered_json grpc = {{"envoy_grpc", {{"cluster_name", "xds-grpc"}}}};
  const ordered_json ads_config = {{"api_type", "DELTA_GRPC"},
                                   {"transport_api_version", "V3"},
                                   {"set_node_on_first_message_only", true},
                                   {"grpc_services", ordered_json::array({grpc})}};
  const ordered_json out = {
      {"node", {{"id", node_id(workload)}, {"cluster", workload.owner + "." + workload.ns}, {"metadata", metadata(workload)}}},
      {"admin", {{"address", socket_address(workload.addresses.inbound, kAdminPort)}}},
      {"dynamic_resources", {{"lds_config", ads}, {"cds_config", ads}, {"ads_config", ads_config}}},
      {"static_resources", {{"clusters", ordered_json::array({xds_cluster(xds_port)})}}}};
  return out.dump();
}

std::vector<std::string> envoy_arguments(const std::string& binary, const std::string& bootstrap) {
  return {binary,    "--config-yaml",  bootstrap, "--concurrency", "1", "--disable-hot-restart", "--log-level",
          "warning", "--drain-time-s", "1"};
}

absl::StatusOr<std::string> find_envoy(const std::string& given) {
  if (!given.empty())
    return is_executable(given) ? absl::StatusOr<std::string>(given)
                                : absl::NotFoundError(fmt::format("{} is not an executable file", given));
  if (const char* set = std::getenv("AMIME_ENVOY"); set && *set) {
    if (is_executable(set)) return std::string(set);
    return absl::NotFoundError(fmt::format("AMIME_ENVOY={} is not an executable file", set));
  }
  std::error_code ignored;
  std::vector<std::string> found = {in_checkout(fs::read_symlink("/proc/self/exe", ignored).parent_path()),
                                    in_checkout(fs::current_path(ignored))};
  if (const char* deps = std::getenv("AMIME_DEPS"); deps && is_executable(fs::path(deps) / "envoy"))
    found.push_back(fs::path(deps) / "envoy");
  found.push_back(in_path());
  for (auto& path : found)
    if (!path.empty()) return path;
  return absl::NotFoundError("Envoy was not found: run 'make deps' in the checkout, or set AMIME_ENVOY to a binary of Envoy 1.40");
}

}  // namespace amime::local
