#include "local/up_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "delivery/hub.h"
#include "identity/join_tokens.h"
#include "identity/private_file.h"
#include "local/identity_plane.h"

namespace amime::local {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Time = std::chrono::system_clock::time_point;

constexpr auto kTokenTtl = std::chrono::minutes(10);
constexpr auto kLookAgain = std::chrono::milliseconds(500);

constexpr const char* kDirectory = "amime-up-";
constexpr const char* kLock = "/lock";

// The lock of a directory, held as long as the file is open; -1: somebody else holds it.
int locked(const std::string& directory) {
  const int fd = open((directory + kLock).c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return -1;
}

// Directories of processes that were killed: nobody holds their locks.
void sweep(const std::string& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    struct stat found {};
    const std::string path = entry.path();
    if (!entry.path().filename().string().starts_with(kDirectory) || !fs::exists(path + kLock, ignored)) continue;
    if (lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != geteuid()) continue;
    const int fd = locked(path);
    if (fd < 0) continue;
    fs::remove_all(path, ignored);
    close(fd);
  }
}

// Sockets are below it, and their paths must be short.
absl::StatusOr<std::string> private_directory() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  for (const std::string& parent : {std::string(runtime ? runtime : ""), fs::temp_directory_path().string()}) {
    if (parent.empty()) continue;
    sweep(parent);
    std::string path = parent + "/" + kDirectory + "XXXXXX";
    if (mkdtemp(path.data())) return path;
  }
  return absl::InternalError("no directory for keys: neither in XDG_RUNTIME_DIR nor in the temporary directory one can be made");
}

// What Istio's agents are told as PROXY_CONFIG. One thread an Envoy, all of its statistics, no waiting at the end.
std::string proxy_config() {
  return json{{"concurrency", 1},
              {"drainDuration", "1s"},
              {"terminationDrainDuration", "0s"},
              {"proxyStatsMatcher", {{"inclusionRegexps", {".*"}}}}}
      .dump();
}

std::string labels_json(const Workload& workload) {
  json out = json::object();
  for (const auto& [name, value] : workload.labels) out[name] = value;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> agent_environment(const Workload& workload, const std::string& trust_domain) {
  std::vector<std::string> out = {"POD_NAME=" + workload.name,
                                  "POD_NAMESPACE=" + workload.ns,
                                  "SERVICE_ACCOUNT=" + workload.service_account,
                                  "INSTANCE_IP=" + workload.addresses.inbound,
                                  "TRUST_DOMAIN=" + trust_domain,
                                  "PROXY_CONFIG=" + proxy_config(),
                                  "ISTIO_METAJSON_LABELS=" + labels_json(workload),
                                  "ISTIO_META_WORKLOAD_NAME=" + workload.owner,
                                  "ISTIO_META_MESH_ID=cluster.local",
                                  "ISTIO_META_AMIME_INBOUND_ADDRESS=" + workload.addresses.inbound,
                                  "ISTIO_META_AMIME_BIND_ADDRESS=" + workload.addresses.bind};
  if (workload.gateway) return out;
  out.push_back("ISTIO_META_INTERCEPTION_MODE=NONE");
  out.push_back("ISTIO_META_AMIME_APP_ADDRESS=" + workload.addresses.app);
  return out;
}

}  // namespace

base::ProcessSpec agent_process(const Workload& workload, const std::string& envoy, const std::string& run_dir,
                                const std::string& trust_domain) {
  return {
      .argv = {"/proc/self/exe", "agent", workload.gateway ? "gateway" : "sidecar", "--address", workload.addresses.inbound, "--run-dir",
               run_dir, "--envoy", envoy, "--admin-port", std::to_string(kAdminPort), "--stats-port", "0", "--log-level", "warn"},
      .environment = agent_environment(workload, trust_domain)};
}

struct UpIdentity::Parts {
  ~Parts() {
    plane.reset();
    std::error_code ignored;
    if (!dir.empty()) fs::remove_all(dir, ignored);
    if (lock >= 0) close(lock);
  }
  int lock = -1;
  std::string dir, trust_domain;
  int port = 0;
  std::unique_ptr<IdentityPlane> plane;
  Time looked{};
};

UpIdentity::UpIdentity(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
UpIdentity::~UpIdentity() = default;

absl::StatusOr<std::unique_ptr<UpIdentity>> UpIdentity::start(delivery::ControlPlane& plane, base::MetricsRegistry& metrics) {
  auto parts = std::make_unique<Parts>();
  auto dir = private_directory();
  if (!dir.ok()) return dir.status();
  parts->dir = *dir;
  parts->lock = locked(*dir);
  plane.hub().wait_idle();
  const auto& mesh = *plane.hub().snapshot()->mesh;
  parts->trust_domain = std::string(mesh.trust_domain());
  auto identity = IdentityPlane::start({.state_dir = *dir,
                                        .cacerts_dir = {},
                                        .trust_domain = parts->trust_domain,
                                        .jwt_rule = {},
                                        .root_namespace = std::string(mesh.root_namespace())},
                                       metrics, std::chrono::system_clock::now());
  if (!identity.ok()) return identity.status();
  parts->plane = *std::move(identity);
  const auto port = plane.open_secure_port("127.0.0.1:0", parts->plane->port());
  if (!port.ok()) return port.status();
  parts->port = *port;
  return std::unique_ptr<UpIdentity>(new UpIdentity(std::move(parts)));
}

absl::StatusOr<base::ProcessSpec> UpIdentity::agent(const Workload& workload, const std::string& envoy) const {
  const std::string run_dir = parts_->dir + "/" + workload.addresses.inbound;
  if (auto status = identity::make_private_dir(run_dir); !status.ok()) return status;
  const auto token = identity::JoinTokens(parts_->dir + "/tokens")
                         .create({workload.ns, workload.service_account}, kTokenTtl, std::chrono::system_clock::now());
  if (!token.ok()) return token.status();
  const std::string token_file = run_dir + "/token";
  if (auto status = base::replace_file(token_file, token->token.reveal(), 0600); !status.ok()) return status;
  auto out = agent_process(workload, envoy, run_dir, parts_->trust_domain);
  const std::vector<std::string> more = {"--control-plane",       fmt::format("localhost:{}", parts_->port),
                                         "--control-plane-roots", parts_->dir + "/serving/roots.pem",
                                         "--join-token-file",     token_file};
  out.argv.insert(out.argv.end(), more.begin(), more.end());
  return out;
}

void UpIdentity::turn(Time now) {
  if (now - parts_->looked < kLookAgain) return;
  parts_->looked = now;
  parts_->plane->turn(now);
}

}  // namespace amime::local
