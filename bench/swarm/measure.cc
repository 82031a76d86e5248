#include "swarm/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "swarm/node.h"
#include "swarm/stream.h"

namespace amime::bench {
namespace {

using namespace std::chrono_literals;
double milliseconds(Clock::duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

class Run {
 public:
  Run(Target& target, const MeasureOptions& options) : target_(target), options_(options) {}
  ~Run() {
    for (auto& stream : streams_) stream->stop();
  }

  ColdStart cold_start();
  Idle idle() const;
  void connect_further(Idle& idle);
  ChangeKind change_kind(Kind kind, const std::vector<PlannedChange>& plan);
  void record() {
    recorder_ = std::make_unique<Recorder>(stream_options(0, nullptr));
    recorder_->record_cold_start();
  }
  Recording recording() const { return recorder_ ? recorder_->recording() : Recording{}; }

 private:
  struct OneChange {
    std::vector<double> ack_ms;
    double cpu_ms = 0;
    Traffic before, after;
    uint64_t messages() const { return after.total_messages() - before.total_messages(); }
    uint64_t bytes() const { return after.total_bytes() - before.total_bytes(); }
  };
  StreamOptions stream_options(int number, Tally* tally) const {
    return {.address = target_.address(), .protocol = options_.protocol, .node = encode_node(number, options_.services), .tally = tally};
  }
  void connect(int count);
  std::vector<Clock::time_point> wait_synced(size_t count);
  OneChange change(const PlannedChange& planned, size_t number);
  void wait_quiet() const {
    while (Clock::now() - tally_.last_message() < options_.quiet) std::this_thread::sleep_for(5ms);
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + (tally_.first_error().empty() ? " did not end in time" : ": " + tally_.first_error()));
  }

  Target& target_;
  const MeasureOptions options_;
  Tally tally_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unique_ptr<Recorder> recorder_;
  double empty_mib_ = 0;
};

void Run::connect(int count) {
  const size_t first = streams_.size();
  for (int i = 0; i < count; ++i) streams_.push_back(make_stream(stream_options(static_cast<int>(first) + i, &tally_)));
  for (size_t i = first; i < streams_.size(); ++i) streams_[i]->start();
}

std::vector<Clock::time_point> Run::wait_synced(size_t count) {
  auto times = tally_.wait_synced(count, options_.bound);
  if (!times) fail("the cold start");
  return *times;
}

ColdStart Run::cold_start() {
  ColdStart cold;
  empty_mib_ = memory_of(target_.pid()).resident_mib;
  reset_peak(target_.pid());
  const double cpu = cpu_seconds(target_.pid());
  const auto start = Clock::now();
  connect(options_.proxies);
  std::vector<double> seconds;
  for (const auto time : wait_synced(streams_.size())) seconds.push_back(milliseconds(time - start) / 1000);
  wait_quiet();
  cold.sync_seconds = distribution_of(std::move(seconds));
  cold.cpu_seconds = cpu_seconds(target_.pid()) - cpu;
  cold.peak_mib = memory_of(target_.pid()).peak_mib;
  const Traffic traffic = tally_.traffic();
  for (size_t type = 0; type < kTypes; ++type) {
    cold.bytes_per_proxy[type] = static_cast<double>(traffic.bytes[type]) / options_.proxies;
    cold.messages_per_proxy[type] = static_cast<double>(traffic.messages[type]) / options_.proxies;
  }
  return cold;
}

Idle Run::idle() const {
  std::this_thread::sleep_for(options_.calm_down);
  const double cpu = cpu_seconds(target_.pid());
  std::this_thread::sleep_for(options_.idle);
  Idle idle{.empty_mib = empty_mib_, .resident_mib = memory_of(target_.pid()).resident_mib};
  idle.cpu_per_second = (cpu_seconds(target_.pid()) - cpu) / std::chrono::duration<double>(options_.idle).count();
  return idle;
}

void Run::connect_further(Idle& idle) {
  const int further = std::max(1, options_.proxies / 10);
  std::this_thread::sleep_for(options_.calm_down);
  const double before = memory_of(target_.pid()).resident_mib;
  connect(further);
  wait_synced(streams_.size());
  wait_quiet();
  std::this_thread::sleep_for(options_.calm_down);
  idle.further_proxy_mib = (memory_of(target_.pid()).resident_mib - before) / further;
}

Run::OneChange Run::change(const PlannedChange& planned, size_t number) {
  OneChange one;
  if (recorder_) recorder_->begin_phase();
  tally_.begin_change(planned.markers);
  one.before = tally_.traffic();
  const double cpu = cpu_seconds(target_.pid());
  const auto start = Clock::now();
  target_.apply(planned, number);
  const auto done = tally_.wait_done(streams_.size(), options_.change_bound);
  if (!done) fail(fmt::format("change {} ({})", number, kind_name(planned.kind)));
  wait_quiet();
  one.cpu_ms = (cpu_seconds(target_.pid()) - cpu) * 1000;
  one.after = tally_.traffic();
  for (const auto time : *done) one.ack_ms.push_back(milliseconds(time - start));
  if (recorder_) recorder_->finish_phase(one.messages() / streams_.size());
  return one;
}

ChangeKind Run::change_kind(Kind kind, const std::vector<PlannedChange>& plan) {
  ChangeKind figures{.kind = kind};
  std::vector<double> last, median, cpu;
  double bytes = 0, messages = 0;
  for (size_t number = 0; number < plan.size(); ++number) {
    if (plan[number].kind != kind) continue;
    const OneChange one = change(plan[number], number);
    const Distribution proxies = distribution_of(one.ack_ms);
    last.push_back(proxies.max);
    median.push_back(proxies.p50);
    cpu.push_back(one.cpu_ms);
    bytes += static_cast<double>(one.bytes());
    messages += static_cast<double>(one.messages());
    if (recorder_) {
      const auto [sent, needed] = recorder_->balance();
      figures.sent_bytes += static_cast<double>(sent);
      figures.needed_bytes += static_cast<double>(needed);
    }
  }
  if (last.empty()) return figures;
  const auto count = static_cast<double>(last.size());
  figures.bytes_per_proxy = bytes / count / static_cast<double>(streams_.size());
  figures.messages_per_proxy = messages / count / static_cast<double>(streams_.size());
  figures.sent_bytes /= count;
  figures.needed_bytes /= count;
  figures.last_ack_ms = distribution_of(std::move(last));
  figures.proxy_p50_ms = distribution_of(std::move(median)).p50;
  figures.cpu_ms = distribution_of(std::move(cpu)).p50;
  return figures;
}

}  // namespace

Measured measure(Target& target, const std::vector<PlannedChange>& plan, const MeasureOptions& options, bool record) {
  Run run(target, options);
  Measured measured;
  measured.figures.cold = run.cold_start();
  measured.figures.idle = run.idle();
  if (record) run.record();
  for (Kind kind : kKinds) {
    measured.figures.changes.push_back(run.change_kind(kind, plan));
    std::fprintf(stderr, "  %s: done\n", std::string(kind_name(kind)).c_str());
  }
  measured.recording = run.recording();
  run.connect_further(measured.figures.idle);
  return measured;
}

}  // namespace amime::bench
