// What an agent is told: by flags, by the environment as Istio's injection writes it, by files beside it. Environment and files are
// read once, at the start; what Istio has and the agent does not know is no error.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

struct AgentOptions {
  bool gateway = false;

  // Who it is.
  std::string pod_name, ns, service_account = "default", ip, trust_domain = "cluster.local", domain = "cluster.local",
                            cluster_id = "Kubernetes";
  std::string pod_uid;                          // of ISTIO_META_POD_UID or POD_UID, where there is one
  std::map<std::string, std::string> metadata;  // of the Node, by key: what ISTIO_META_* said; values are text
  std::string json_metadata;                    // the same of ISTIO_METAJSON_*: a JSON object
  std::map<std::string, std::string> labels, annotations;
  std::string proxy_config_json;  // PROXY_CONFIG as JSON; "{}" if there is none
  std::string service_cluster;    // empty: made of the name

  // Whom it asks.
  std::vector<std::string> control_planes;  // HOST:PORT
  bool plaintext = false;                   // controlPlaneAuthPolicy NONE
  std::string ca_address;                   // empty: the control planes
  std::string control_plane_name;           // ISTIOD_SAN
  std::string xds_roots, ca_roots;          // files; empty: the system's
  std::string token_file, join_token_file, cert_signer;

  // Certificates.
  bool rsa = false;
  std::chrono::seconds secret_ttl = std::chrono::hours(24);
  double grace = 0.5, jitter = 0.01;
  std::string identity_dir;

  // Places.
  std::string config_dir, xds_socket, sds_socket, last_good_dir;
  std::string envoy;
  int status_port = 15020, admin_port = 15000, envoy_status_port = 15021, stats_port = 15090;
  std::string listen = "0.0.0.0";     // of the last two
  std::string address = "127.0.0.1";  // of Envoy's administration, and where the agent is reached from Envoy

  // Envoy and its end.
  int concurrency = 0;  // 0: as many as there are cores
  std::string log_level = "warning", component_log_level = "misc:error";
  std::chrono::seconds drain{45}, termination_drain{5}, minimum_drain{5};
  bool exit_on_zero_connections = false;

  std::chrono::seconds last_good_max_age = std::chrono::hours(24);
  bool dns_capture = false;
};

std::string admin_address(const AgentOptions& options);  // of Envoy's administration, ADDRESS:PORT

// Flags that were given; an empty text, or -1, means: not given.
struct AgentFlags {
  bool gateway = false;
  std::string control_plane, join_token_file, identity_dir, envoy, last_good_dir, run_dir, control_plane_name, control_plane_roots;
  std::string last_good_max_age, log_level, component_log_level, domain, service_cluster;
  std::string ns, name, service_account, ip;
  std::string address;  // all ports of the agent and of its Envoy's own stand at this one, so that many share a machine
  int status_port = -1, admin_port = -1, envoy_status_port = -1, stats_port = -1, concurrency = -1;
  bool plaintext = false;
};

// NAME=value, as a process has it.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment own_environment();

// InvalidArgument: names the flag or the variable, and what is wrong with its value.
absl::StatusOr<AgentOptions> read_options(const AgentFlags& flags, const Environment& environment);

// "5s", "1m30s", "1.5h", "500ms": as Go and Istio write durations.
absl::StatusOr<std::chrono::milliseconds> parse_duration(std::string_view text);
// Lines KEY="VALUE", as Kubernetes' downward API writes labels and annotations.
std::map<std::string, std::string> parse_downward(std::string_view text);

}  // namespace amime::agent
