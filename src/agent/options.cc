#include "agent/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/http.h"
#include "base/log.h"
#include "base/tree.h"

extern char** environ;

namespace amime::agent {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
constexpr std::string_view kOptionsLog = "agent";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Reads one source after another into the options; remembers the first thing that is wrong.
class OptionsReader {
 public:
  OptionsReader(const AgentFlags& flags, const Environment& environment) : flags_(flags), environment_(environment) {}

  absl::StatusOr<AgentOptions> read() {
    read_proxy_config();
    read_identity();
    read_metadata();
    read_places();
    read_control_plane();
    read_certificates();
    read_envoy();
    if (!error_.ok()) return error_;
    return out_;
  }

 private:
  // Flag first, then the environment, which may stand in proxyMetadata as well.
  std::string env(std::string_view name) const {
    const auto it = environment_.find(name);
    if (it != environment_.end()) return it->second;
    const auto metadata = config_.find("proxyMetadata");
    if (metadata == config_.end() || !metadata->is_object()) return {};
    const auto found = metadata->find(std::string(name));
    return found != metadata->end() && found->is_string() ? found->get<std::string>() : "";
  }
  bool env_is_true(std::string_view name) const {
    const auto value = env(name);
    return value == "true" || value == "1" || value == "TRUE" || value == "True" || value == "t";
  }
  std::string config_text(const char* field) const {
    const auto it = config_.find(field);
    if (it == config_.end() || it->is_null()) return {};
    return it->is_string() ? it->get<std::string>() : it->dump();
  }
  void wrong(std::string_view where, std::string_view what) {
    if (error_.ok()) error_ = absl::InvalidArgumentError(fmt::format("{}: {}", where, what));
  }
  void take(std::string* into, std::initializer_list<std::string> values) {
    for (const auto& value : values)
      if (!value.empty()) {
        *into = value;
        return;
      }
  }
  template <class Duration>
  void take_duration(Duration* into, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    const auto parsed = parse_duration(value);
    if (!parsed.ok()) return wrong(name, std::string(parsed.status().message()));
    *into = std::chrono::duration_cast<Duration>(*parsed);
  }
  void take_number(double* into, std::string_view name) {
    const auto value = env(name);
    if (value.empty()) return;
    char* end = nullptr;
    const double parsed = std::strtod(value.c_str(), &end);
    if (*end != '\0' || parsed < 0 || parsed > 1) return wrong(name, "not a number between 0 and 1");
    *into = parsed;
  }
  void take_port(int* into, int flag, std::string_view name, const std::string& value) {
    if (flag >= 0) {
      *into = flag;
    } else if (!value.empty()) {
      *into = std::atoi(value.c_str());
    }
    if (*into < 0 || *into > 65535) wrong(name, fmt::format("{} is no port", *into));
  }
  std::string below(std::string_view path) const {
    const fs::path given(path);
    return given.is_absolute() || flags_.run_dir.empty() ? given.string()
                                                         : (fs::absolute(flags_.run_dir) / given).lexically_normal().string();
  }

  json parse_mapping(std::string_view what, std::string_view text);
  void add_config(const json& more);
  void read_proxy_config();
  void read_identity();
  void read_metadata();
  void read_places();
  void read_control_plane();
  void read_certificates();
  void read_envoy();

  const AgentFlags& flags_;
  const Environment& environment_;
  json config_ = json::object();
  AgentOptions out_;
  absl::Status error_;
};

// As Istio's agent does: what the mesh says, then what the injection said, then what the Pod says; proxyMetadata is merged.
void OptionsReader::read_proxy_config() {
  if (const auto mesh = parse_mapping("the mesh configuration", slurp(below("./etc/istio/config/mesh"))); mesh.contains("defaultConfig"))
    add_config(mesh["defaultConfig"]);
  const auto it = environment_.find("PROXY_CONFIG");
  add_config(parse_mapping("PROXY_CONFIG", it == environment_.end() ? "" : it->second));
  const auto annotations = parse_downward(slurp("/etc/istio/pod/annotations"));
  if (const auto found = annotations.find("proxy.istio.io/config"); found != annotations.end())
    add_config(parse_mapping("the annotation proxy.istio.io/config", found->second));
  out_.proxy_config_json = config_.dump();
}

json OptionsReader::parse_mapping(std::string_view what, std::string_view text) {
  if (text.empty()) return json::object();
  const auto documents = base::parse_yaml(text);
  if (!documents.empty() && documents.front().errors.empty() && documents.front().tree.is_map())
    return json::parse(base::to_json(documents.front().tree));
  wrong(what, documents.empty() || documents.front().errors.empty() ? "not a mapping" : documents.front().errors.front().message);
  return json::object();
}

void OptionsReader::add_config(const json& more) {
  if (!more.is_object()) return;
  const json before = config_.contains("proxyMetadata") ? config_["proxyMetadata"] : json::object();
  config_.update(more);
  if (before.empty() || !config_["proxyMetadata"].is_object()) return;
  json merged = before;
  merged.update(config_["proxyMetadata"]);
  config_["proxyMetadata"] = std::move(merged);
}

void OptionsReader::read_identity() {
  out_.gateway = flags_.gateway;
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  out_.ns = "default", out_.ip = "127.0.0.1", out_.pod_name = host;
  take(&out_.pod_name, {flags_.name, env("POD_NAME")});
  take(&out_.ns, {flags_.ns, env("POD_NAMESPACE")});
  take(&out_.service_account, {flags_.service_account, env("SERVICE_ACCOUNT")});
  take(&out_.ip, {flags_.ip, env("INSTANCE_IP")});
  take(&out_.trust_domain, {env("TRUST_DOMAIN")});
  take(&out_.domain, {env("DOMAIN")});
  take(&out_.cluster_id, {env("ISTIO_META_CLUSTER_ID")});
  take(&out_.pod_uid, {env("POD_UID"), env("ISTIO_META_POD_UID")});
  take(&out_.service_cluster, {flags_.service_cluster, config_text("serviceCluster")});
  // "shop.svc.cluster.local", as injection writes it: the domain is what follows ".svc."
  const auto svc = flags_.domain.find(".svc.");
  take(&out_.domain, {svc == std::string::npos ? flags_.domain : flags_.domain.substr(svc + 5)});
}

void OptionsReader::read_metadata() {
  constexpr std::string_view kText = "ISTIO_META_", kJson = "ISTIO_METAJSON_";
  if (const auto it = config_.find("proxyMetadata"); it != config_.end() && it->is_object())
    for (const auto& [name, value] : it->items())
      if (name.starts_with(kText)) out_.metadata[name.substr(kText.size())] = value.is_string() ? value.get<std::string>() : value.dump();
  json structured = json::object();
  for (const auto& [name, value] : environment_) {
    if (name.starts_with(kText)) out_.metadata[name.substr(kText.size())] = value;
    if (!name.starts_with(kJson)) continue;
    auto parsed = json::parse(value, nullptr, false);
    if (!parsed.is_object()) {
      base::log_warn(kOptionsLog, "{}: not a JSON object, left out", name);
      continue;
    }
    auto* named = name == "ISTIO_METAJSON_LABELS" ? &out_.labels : name == "ISTIO_METAJSON_ANNOTATIONS" ? &out_.annotations : nullptr;
    if (!named) structured.update(parsed);
    for (const auto& [key, entry] : parsed.items())
      if (named && entry.is_string()) (*named)[key] = entry.get<std::string>();
  }
  out_.json_metadata = structured.dump();
  for (const auto& [key, value] : parse_downward(slurp("/etc/istio/pod/labels")))
    if (key != "pod-template-hash") out_.labels[key] = value;
  for (const auto& [key, value] : parse_downward(slurp("/etc/istio/pod/annotations"))) out_.annotations[key] = value;
  out_.dns_capture = env_is_true("ISTIO_META_DNS_CAPTURE") || env_is_true("ISTIO_META_ENABLE_DNS_SERVER");
}

void OptionsReader::read_places() {
  std::string config_path = "./etc/istio/proxy", socket = "socket";
  take(&config_path, {config_text("configPath")});
  take(&socket, {env("WORKLOAD_IDENTITY_SOCKET_FILE")});
  out_.config_dir = below(config_path);
  out_.xds_socket = out_.config_dir + "/XDS";
  out_.sds_socket = below("./var/run/secrets/workload-spiffe-uds/" + socket);
  out_.last_good_dir = out_.config_dir + "/last-good";
  take(&out_.last_good_dir, {flags_.last_good_dir});
  take(&out_.identity_dir, {flags_.identity_dir});
  take_port(&out_.status_port, flags_.status_port, "--status-port", config_text("statusPort"));
  take_port(&out_.admin_port, flags_.admin_port, "--admin-port", config_text("proxyAdminPort"));
  take_port(&out_.envoy_status_port, flags_.envoy_status_port, "--envoy-status-port", env("ENVOY_STATUS_PORT"));
  take_port(&out_.stats_port, flags_.stats_port, "--stats-port", env("ENVOY_PROMETHEUS_PORT"));
  take_duration(&out_.last_good_max_age, "--last-good-max-age", flags_.last_good_max_age);
  out_.listen = out_.ip.find(':') == std::string::npos ? "0.0.0.0" : "::";
  if (!flags_.address.empty()) out_.listen = out_.address = flags_.address;
}

void OptionsReader::read_control_plane() {
  std::string addresses = "istiod.istio-system.svc:15012";
  take(&addresses, {flags_.control_plane, config_text("discoveryAddress")});
  std::istringstream parts(addresses);
  for (std::string part; std::getline(parts, part, ',');)
    if (!part.empty()) out_.control_planes.push_back(part);
  if (out_.control_planes.empty()) wrong("--control-plane", "names no address");
  const auto policy = config_text("controlPlaneAuthPolicy");
  out_.plaintext = flags_.plaintext || policy == "NONE" || policy == "0";
  take(&out_.ca_address, {env("CA_ADDR")});
  take(&out_.control_plane_name, {flags_.control_plane_name, env("ISTIOD_SAN")});

  std::string roots = below("./var/run/secrets/istio/root-cert.pem");
  const auto provider = env("PILOT_CERT_PROVIDER");
  if (provider == "kubernetes" || provider.starts_with("k8s.io/")) roots = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
  if (provider == "custom") roots = "/etc/certs/root-cert.pem";
  if (provider == "none") roots.clear();
  for (auto [into, name] : {std::pair{&out_.xds_roots, "XDS_ROOT_CA"}, std::pair{&out_.ca_roots, "CA_ROOT_CA"}}) {
    *into = roots;
    take(into, {flags_.control_plane_roots, env(name)});
    if (*into == "SYSTEM") into->clear();
  }
}

void OptionsReader::read_certificates() {
  out_.token_file = below("./var/run/secrets/tokens/istio-token");
  if (env("JWT_POLICY") == "first-party-jwt") out_.token_file = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  out_.join_token_file = flags_.join_token_file;
  take(&out_.cert_signer, {env("ISTIO_META_CERT_SIGNER")});
  take_duration(&out_.secret_ttl, "SECRET_TTL", env("SECRET_TTL"));
  take_number(&out_.grace, "SECRET_GRACE_PERIOD_RATIO");
  take_number(&out_.jitter, "SECRET_GRACE_PERIOD_RATIO_JITTER");
  // Istio's agent makes RSA keys unless told otherwise; ECDSA costs a tenth of it in every handshake, so here RSA is what one asks for.
  out_.rsa = env("ECC_SIGNATURE_ALGORITHM").empty() && !env("WORKLOAD_RSA_KEY_SIZE").empty();
}

void OptionsReader::read_envoy() {
  take(&out_.envoy, {flags_.envoy, env("AMIME_ENVOY"), config_text("binaryPath")});
  const auto threads = config_text("concurrency");
  if (flags_.concurrency >= 0) {
    out_.concurrency = flags_.concurrency;
  } else if (!threads.empty()) {
    out_.concurrency = std::max(0, std::atoi(threads.c_str()));
  } else if (const auto limit = env("ISTIO_CPU_LIMIT"); !limit.empty()) {
    out_.concurrency = std::max(1, std::atoi(limit.c_str()));
  }
  take(&out_.log_level, {flags_.log_level});
  take(&out_.component_log_level, {flags_.component_log_level});
  take_duration(&out_.drain, "drainDuration", config_text("drainDuration"));
  take_duration(&out_.termination_drain, "terminationDrainDuration", config_text("terminationDrainDuration"));
  take_duration(&out_.termination_drain, "TERMINATION_DRAIN_DURATION_SECONDS",
                env("TERMINATION_DRAIN_DURATION_SECONDS").empty() ? "" : env("TERMINATION_DRAIN_DURATION_SECONDS") + "s");
  take_duration(&out_.minimum_drain, "MINIMUM_DRAIN_DURATION", env("MINIMUM_DRAIN_DURATION"));
  out_.exit_on_zero_connections = env_is_true("EXIT_ON_ZERO_ACTIVE_CONNECTIONS");
}

}  // namespace

Environment own_environment() {
  Environment out;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string admin_address(const AgentOptions& options) { return base::join_host_port(options.address, options.admin_port); }

absl::StatusOr<AgentOptions> read_options(const AgentFlags& flags, const Environment& environment) {
  return OptionsReader(flags, environment).read();
}

}  // namespace amime::agent
