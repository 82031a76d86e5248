#include "local/up.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>

#include "base/http_client.h"
#include "base/log.h"
#include "local/bootstrap.h"
#include "local/envoy_judge.h"
#include "local/fleet.h"
#include "local/monitoring.h"
#include "local/note_log.h"
#include "local/port_owner.h"
#include "local/stop_signal.h"
#include "local/up_identity.h"
#include "local/up_report.h"
#include "local/up_sources.h"

namespace amime::local {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kTick = 30ms;

void say(const std::string& text) { fmt::print(stderr, "{}\n", text); }

// "3 of 7 Envoys are ready", rewritten in place; nothing unless standard error is a terminal.
class Progress {
 public:
  void show(std::size_t ready, std::size_t all) {
    if (!terminal_ || std::pair(ready, all) == shown_) return;
    shown_ = {ready, all};
    fmt::print(stderr, "\r\x1b[K{} of {} Envoys are ready", ready, all);
    std::fflush(stderr);
  }
  void clear() {
    if (terminal_ && shown_.second) fmt::print(stderr, "\r\x1b[K");
    shown_ = {};
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO);
  std::pair<std::size_t, std::size_t> shown_;
};

absl::StatusOr<std::unique_ptr<Monitoring>> start_monitoring(const std::string& address, const Monitored& monitored) {
  auto started = Monitoring::start(address, monitored);
  if (absl::IsAlreadyExists(started.status())) return Monitoring::start("127.0.0.1:0", monitored);
  return started;
}

// Everything that one `amime up` consists of, in the order in which it starts.
class Up {
 public:
  Up(const UpOptions& options, unsigned block) : options_(options), local_(block, !options.plaintext) {}
  ~Up() { end(); }

  absl::Status start();
  // OK and *ready when all is up; OK and not *ready when a signal came first.
  absl::Status wait_ready(const StopSignal& stop, bool* ready);
  UpReady report() const { return ready_report(local_.workloads(), local_.service_ports(), monitoring_->port()); }
  // Looks after everything for that long; false: a signal came.
  bool run(const StopSignal& stop, std::chrono::milliseconds time);

 private:
  absl::Status check_ports() const;
  std::vector<std::string> waiting_for();
  absl::Status timed_out(const std::vector<std::string>& waiting) const;
  void turn();
  void end();

  const UpOptions& options_;
  base::MetricsRegistry metrics_;
  LocalMesh local_;
  std::unique_ptr<delivery::ControlPlane> plane_;
  std::unique_ptr<UpSources> sources_;
  std::unique_ptr<Monitoring> monitoring_;
  std::unique_ptr<UpIdentity> identity_;  // null: --plaintext
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<NoteLog> notes_;
  std::uint64_t generation_ = 0;
  std::set<std::string> live_;     // workloads whose Envoy has said so
  std::set<std::string> refused_;  // sentences said
};

absl::Status Up::start() {
  auto envoy = find_envoy(options_.envoy);
  if (!envoy.ok()) return envoy.status();
  auto plane = delivery::ControlPlane::start({.xds_address = "127.0.0.1:0", .judge = envoy_judge(*envoy)}, metrics_);
  if (!plane.ok()) return plane.status();
  plane_ = std::move(*plane);
  sources_ = std::make_unique<UpSources>(options_.dirs, options_.mesh_config, local_, plane_->hub());
  auto monitoring = start_monitoring(options_.monitoring_address,
                                     {*plane_, metrics_, [this] { return sources_->statuses(); }, [this] { return sources_->derived(); }});
  if (!monitoring.ok()) return monitoring.status();
  monitoring_ = std::move(*monitoring);
  if (auto status = sources_->start(); !status.ok()) return status;
  for (const auto& note : local_.notes()) say(note);
  notes_ = std::make_unique<NoteLog>(plane_->hub(), 300ms);
  generation_ = local_.generation();
  const auto workloads = local_.workloads();
  if (workloads.empty())
    return absl::InvalidArgumentError(
        fmt::format("nothing to run: no Deployment, Pod, WorkloadEntry or Gateway in {}", fmt::join(options_.dirs, ", ")));
  if (auto status = check_ports(); !status.ok()) return status;
  if (!options_.plaintext) {
    auto identity = UpIdentity::start(*plane_, metrics_);
    if (!identity.ok()) return identity.status();
    identity_ = *std::move(identity);
  }
  auto pass = [](const std::string& workload, const std::string& line) { fmt::print(stderr, "[{}] {}\n", workload, line); };
  Fleet::Options fleet{.envoy = *envoy, .xds_port = static_cast<std::uint16_t>(plane_->xds_port()), .keeper = {}, .on_output = pass};
  if (identity_) fleet.proxy = [this, envoy = *envoy](const Workload& workload) { return identity_->agent(workload, envoy); };
  fleet_ = std::make_unique<Fleet>(std::move(fleet));
  return fleet_->reconcile(workloads);
}

absl::Status Up::check_ports() const {
  std::vector<std::pair<std::string, unsigned>> places;
  const auto service_ports = local_.service_ports();
  for (const auto& workload : local_.workloads()) {
    const auto more = places_of(workload, service_ports);
    places.insert(places.end(), more.begin(), more.end());
  }
  return check_free(places);
}

// Workloads whose proxy has not ACKed everything, or has not opened its listeners yet.
std::vector<std::string> Up::waiting_for() {
  std::vector<std::string> refused;
  const auto workloads = local_.workloads();
  auto waiting = not_in_sync(workloads, proxy_syncs(plane_->registry()), &refused);
  for (const auto& sentence : refused)
    if (refused_.insert(sentence).second) say(sentence);
  for (const auto& workload : workloads) {
    if (live_.contains(workload.key()) || std::find(waiting.begin(), waiting.end(), workload.key()) != waiting.end()) continue;
    auto answer = base::http_fetch(fmt::format("http://{}:{}/ready", workload.addresses.inbound, kAdminPort), {}, {}, 500ms);
    if (answer.ok() && answer->status == 200) {
      live_.insert(workload.key());
    } else {
      waiting.push_back(workload.key());
    }
  }
  return waiting;
}

absl::Status Up::wait_ready(const StopSignal& stop, bool* ready) {
  Progress progress;
  const auto deadline = Clock::now() + std::chrono::seconds(options_.ready_timeout_s);
  for (;;) {
    if (stop.wait(kTick)) {
      progress.clear();
      return absl::OkStatus();
    }
    const auto sentences = fleet_->turn();
    const auto waiting = waiting_for();
    if (!sentences.empty() || waiting.empty()) progress.clear();
    if (!sentences.empty()) return absl::UnavailableError(sentences.front());
    if (waiting.empty()) break;
    const auto all = local_.workloads().size();
    progress.show(all - std::min(all, waiting.size()), all);
    if (Clock::now() > deadline) {
      progress.clear();
      return timed_out(waiting);
    }
  }
  *ready = true;
  return absl::OkStatus();
}

absl::Status Up::timed_out(const std::vector<std::string>& waiting) const {
  return absl::DeadlineExceededError(fmt::format(
      "{} of {} proxies have no complete configuration after {} s: {}; see {}/debug/syncz while it runs, or give --ready-timeout",
      waiting.size(), local_.workloads().size(), options_.ready_timeout_s, fmt::join(waiting, ", "), report().monitoring_url));
}

void Up::turn() {
  for (const auto& sentence : fleet_->turn()) say(sentence);
  sources_->set_unready(fleet_->unready());
  notes_->turn(plane_->registry().size());
  if (identity_) identity_->turn(std::chrono::system_clock::now());
  if (const auto generation = local_.generation(); generation != generation_) {
    generation_ = generation;
    if (auto status = fleet_->reconcile(local_.workloads()); !status.ok()) say(std::string(status.message()));
    say("the workloads changed:\n" + ready_text(report()));
  }
}

bool Up::run(const StopSignal& stop, std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  for (auto left = time; left.count() > 0; left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now())) {
    if (stop.wait(std::min(left, std::chrono::milliseconds(kTick)))) return false;
    turn();
  }
  return true;
}

void Up::end() {
  if (fleet_) {
    fleet_->end();
    base::set_log_level(base::LogLevel::error);  // that the proxies are gone now is no news
  }
  if (sources_) sources_->stop();
  if (monitoring_) monitoring_->stop();
  if (plane_) plane_->shutdown();
}

}  // namespace

absl::Status run_up(const UpOptions& options, const UpHook& hook) {
  StopSignal stop;  // first: threads inherit the mask
  auto block = AddressBlock::take();
  if (!block.ok()) return block.status();
  Up up(options, block->number());
  if (auto status = up.start(); !status.ok()) return status;
  bool ready = false;
  if (auto status = up.wait_ready(stop, &ready); !status.ok() || !ready) return status;
  fmt::print("{}", ready_text(up.report()));
  if (!hook) fmt::print("\nCtrl-C ends everything.\n");
  std::fflush(stdout);
  bool stay = true;
  if (hook) {
    const auto status = hook(
        up.report(), [&](std::chrono::milliseconds time) { return up.run(stop, time); }, &stay);
    if (!status.ok() || !stay) return status;
  }
  while (up.run(stop, 1h)) {
  }
  if (isatty(STDERR_FILENO)) say("\nending ...");
  return absl::OkStatus();
}

}  // namespace amime::local
