#include "agent/agent.h"

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

#include "agent/bootstrap.h"
#include "agent/condition.h"
#include "agent/control_plane_stream.h"
#include "agent/ending.h"
#include "agent/envoy_process.h"
#include "agent/envoy_version.h"
#include "agent/node.h"
#include "agent/relay.h"
#include "agent/secret_service.h"
#include "agent/socket_server.h"
#include "agent/types.h"
#include "agent/workload_certificate.h"
#include "base/log.h"
#include "base/published.h"
#include "base/version.h"

namespace amime::agent {
namespace {

constexpr std::string_view kAgentLog = "agent";
constexpr std::chrono::milliseconds kTrimEvery{5000}, kLookIfReady{250}, kEnvoyGrace{2000}, kUpdateEvery{250};

// SIGINT, SIGTERM and SIGHUP as something to read.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  ~Signals() {
    close(fd_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  int fd() const { return fd_; }
  int read() const {
    signalfd_siginfo info{};
    return ::read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t before_;
  int fd_;
};

std::vector<Remote> remotes_of(const AgentOptions& options) {
  std::vector<Remote> out;
  for (const auto& address : options.control_planes)
    out.push_back({address, options.plaintext, options.control_plane_name, options.xds_roots, options.cluster_id});
  return out;
}

std::vector<Remote> authorities_of(const AgentOptions& options) {
  auto out = remotes_of(options);
  if (!options.ca_address.empty())
    out = {{options.ca_address, options.ca_address.ends_with(":15010"), options.control_plane_name, "", options.cluster_id}};
  for (auto& remote : out) remote.roots_file = options.ca_roots;
  return out;
}

WorkloadCertificate::Options certificate_options(const AgentOptions& options) {
  return {.identity = identity_of(options),
          .key_type = options.rsa ? identity::KeyType::kRsa2048 : identity::KeyType::kEcdsaP256,
          .ttl = options.secret_ttl,
          .grace = options.grace,
          .jitter = options.jitter,
          .token_file = options.token_file,
          .join_token_file = options.join_token_file,
          .dir = options.identity_dir};
}

Ending::Options ending_options(const AgentOptions& options) {
  return {.admin_address = admin_address(options),
          .status_port = options.envoy_status_port,
          .stats_port = options.stats_port,
          .inbound_only = !options.gateway,
          .termination_drain = options.termination_drain,
          .exit_on_zero_connections = options.exit_on_zero_connections,
          .minimum_drain = options.minimum_drain};
}

// What the last good configuration belongs to: another Pod, workload or Envoy takes nothing of it.
std::string owner_of(const AgentOptions& options, const std::string& envoy_version) {
  return fmt::format("{}\n{}\n{}\n{}", node_id(options), identity::spiffe_uri(identity_of(options)), options.pod_uid, envoy_version);
}

}  // namespace

struct Agent::Parts {
  Parts(AgentOptions given, std::function<void(std::string_view)> names)
      : options(std::move(given)),
        on_names(std::move(names)),
        secrets(loop),
        secret_service(secrets),
        ending(loop, ending_options(options), [this] { end_envoy(); }) {
    condition.publish(std::make_shared<const Condition>());
  }

  absl::Status start();
  absl::Status open_sockets();
  void make_certificate();
  void make_relay();
  void start_envoy(const std::string& bootstrap);
  void end_envoy();
  void signalled();
  void update();  // the condition that others read
  void keep_updating();
  void look_if_ready();
  void trim();
  void close();
  Readiness readiness() const;  // any thread

  const AgentOptions options;
  const std::function<void(std::string_view)> on_names;
  Signals signals;
  Loop loop;
  Secrets secrets;
  SecretService secret_service;
  std::unique_ptr<WorkloadCertificate> certificate;  // null: another program's secrets are used, or none
  std::unique_ptr<LastGood> last_good;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<Relay> relay;
  std::unique_ptr<SocketServer> server;
  std::unique_ptr<EnvoyProcess> envoy;
  Ending ending;
  std::string envoy_version, end_reason;
  bool foreign_secrets = false, end_asked = false;

  base::Published<Condition> condition;  // never null
};

absl::Status Agent::Parts::start() {
  auto version = envoy_version_of(options.envoy);
  if (!version.ok()) return version.status();
  envoy_version = *std::move(version);
  if (auto status = open_sockets(); !status.ok()) return status;
  make_certificate();
  make_relay();
  const auto bootstrap = write_bootstrap(options);
  if (!bootstrap.ok()) return bootstrap.status();
  loop.watch(signals.fd(), [this] { signalled(); });
  start_envoy(*bootstrap);
  base::log_info(kAgentLog, "amime {} for {} beside {}", base::version_line(), node_id(options), envoy_version);
  trim();
  keep_updating();
  look_if_ready();
  return absl::OkStatus();
}

absl::Status Agent::Parts::open_sockets() {
  foreign_secrets = is_alive_socket(options.sds_socket);
  std::vector<std::string> paths{options.xds_socket};
  if (foreign_secrets) {
    base::log_info(kAgentLog, "secrets come from who listens at {} already", options.sds_socket);
  } else {
    paths.push_back(options.sds_socket);
  }
  auto started = SocketServer::start(paths, loop, [this](std::string_view method, Link& link) -> std::unique_ptr<Session> {
    if (method == kDeltaStream) return relay->open(link);
    if (foreign_secrets) return nullptr;
    if (method == kStreamSecrets) return secret_service.open(link, false);
    return method == kDeltaSecrets ? secret_service.open(link, true) : nullptr;
  });
  if (!started.ok()) return started.status();
  server = *std::move(started);
  return absl::OkStatus();
}

void Agent::Parts::make_certificate() {
  if (foreign_secrets || (options.plaintext && options.ca_address.empty())) return;
  certificate = std::make_unique<WorkloadCertificate>(loop, make_certificate_client(loop, authorities_of(options), options.cert_signer),
                                                      certificate_options(options));
  certificate->on_change = [this] {
    if (certificate->valid()) secrets.set_own(certificate->key(), certificate->chain(), certificate->roots());
  };
  certificate->start();
}

void Agent::Parts::make_relay() {
  last_good = std::make_unique<LastGood>(LastGood::Options{options.last_good_dir, owner_of(options, envoy_version)});
  if (const auto status = last_good->load(); !status.ok())
    base::log_error(kAgentLog, "no last good configuration is kept: {}", std::string(status.message()));
  ControlPlaneOptions asked;
  asked.remotes = remotes_of(options);
  asked.proof = [this] { return certificate ? certificate->proof() : Proof{.bearer = read_token(options.token_file)}; };
  // Without a proof of anything there is no use in asking.
  asked.may_try = [this] { return options.plaintext || !certificate || certificate->valid() || !certificate->proof().bearer.empty(); };
  upstream = make_control_plane_stream(loop, std::move(asked));
  relay = std::make_unique<Relay>(loop, *last_good, *upstream,
                                  Relay::Options{.names = options.dns_capture, .on_names = on_names, .max_age = options.last_good_max_age});
}

void Agent::Parts::start_envoy(const std::string& bootstrap) {
  envoy = std::make_unique<EnvoyProcess>(loop, EnvoyProcess::Options{.argv = envoy_arguments(options, bootstrap)});
  envoy->on_end = [this](const std::string& how) {
    end_reason = how;
    loop.stop();
  };
  envoy->start();
}

void Agent::Parts::end_envoy() {
  end_asked = true;
  envoy->end(kEnvoyGrace);
}

void Agent::Parts::signalled() {
  while (const int number = signals.read()) {
    base::log_info(kAgentLog, "signal {}: ending", number);
    ending.begin();
  }
}

void Agent::Parts::keep_updating() {
  update();
  loop.after(kUpdateEvery, [this] { keep_updating(); });
}

void Agent::Parts::update() {
  Condition now;
  now.running = envoy->running();
  now.ending = ending.begun() || ending.drained();
  now.envoy_problem = envoy->problem();
  now.envoy_restarts = envoy->restarts();
  const auto& state = relay->state();
  now.connected = state.connected, now.from_last_good = state.from_last_good, now.upstream_problem = state.problem;
  now.reconnects = state.reconnects, now.confirmed = last_good->confirmed(), now.max_age = options.last_good_max_age;
  now.wants_names = options.dns_capture, now.has_names = state.has_names;
  now.wants_certificate = certificate != nullptr;
  if (certificate) {
    now.certificate_problem = certificate->problem();
    now.certificate_expires = certificate->expires();
    now.renewals = certificate->renewals();
  }
  condition.publish(std::make_shared<const Condition>(std::move(now)));
}

// What still runs the loop while it goes must not find that others are gone.
void Agent::Parts::close() {
  loop.cancel_all();
  loop.unwatch(signals.fd());
  server.reset();
  relay.reset();
  upstream.reset();
  certificate.reset();
}

// gRPC and the encoding of resources leave holes in the heap, which would count as this sidecar's memory for ever.
void Agent::Parts::trim() {
  malloc_trim(0);
  loop.after(kTrimEvery, [this] { trim(); });
}

Agent::Agent(AgentOptions options, std::function<void(std::string_view)> on_names)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(on_names))) {}
Agent::~Agent() = default;

absl::Status Agent::run() {
  mallopt(M_ARENA_MAX, 1);  // one thread does the work
  auto& parts = *parts_;
  if (auto status = parts.start(); !status.ok()) return status;
  parts.loop.run();
  parts.close();
  return parts.end_asked ? absl::OkStatus() : absl::AbortedError(parts.end_reason);
}

Readiness Agent::Parts::readiness() const {
  const auto it = condition.get();
  const auto verdict = without_envoy(*it, std::chrono::system_clock::now());
  if (!verdict.ready) return verdict;
  const auto stats = EnvoyAdmin(admin_address(options)).stats(EnvoyAdmin::kReadyFilter);
  if (!stats.ok()) return {false, std::string(stats.status().message())};
  return by_envoy(*it, *stats);
}

// Once, for the log.
void Agent::Parts::look_if_ready() {
  update();
  if (readiness().ready)
    return base::log_info(kAgentLog, "ready{}", condition.get()->from_last_good ? ", with the last good configuration" : "");
  loop.after(kLookIfReady, [this] { look_if_ready(); });
}

Readiness Agent::readiness() { return parts_->readiness(); }

std::string Agent::metrics_text() { return prometheus_text(*parts_->condition.get(), std::chrono::system_clock::now()); }

void Agent::quit() {
  parts_->loop.post([this] { parts_->ending.at_once(); });
}
void Agent::drain() {
  parts_->loop.post([this] { parts_->ending.drain(); });
}

}  // namespace amime::agent
