#include "agent/ending.h"

#include <utility>

#include "base/log.h"

namespace amime::agent {
namespace {

constexpr std::string_view kEndingLog = "agent";
constexpr int kMostFailures = 5;

}  // namespace

Ending::Ending(Loop& loop, Options options, std::function<void()> over)
    : loop_(loop), options_(options), admin_(options.admin_address), over_(std::move(over)) {}

void Ending::tell_clients(bool stay) {
  if (const auto status = admin_.drain_listeners(options_.inbound_only, stay); !status.ok())
    base::log_warn(kEndingLog, "Envoy does not drain: {}", std::string(status.message()));
}

void Ending::drain() {
  if (std::exchange(drained_, true)) return;
  base::log_info(kEndingLog, "draining; serving on");
  tell_clients(true);
}

void Ending::begin() {
  if (std::exchange(begun_, true)) return at_once();
  if (drained_) return finish();
  const auto wait = options_.exit_on_zero_connections ? options_.minimum_drain : options_.termination_drain;
  base::log_info(kEndingLog, "draining for {} ms", wait.count());
  tell_clients(false);
  timer_ = loop_.after(wait, [this] {
    timer_ = 0;
    options_.exit_on_zero_connections ? count() : finish();
  });
}

void Ending::at_once() {
  begun_ = true;
  loop_.cancel(std::exchange(timer_, 0));
  finish();
}

void Ending::count() {
  timer_ = 0;
  const auto stats = admin_.stats("downstream_cx_active$");
  failures_ = stats.ok() ? 0 : failures_ + 1;
  const auto active = stats.ok() ? active_connections(*stats, options_.status_port, options_.stats_port) : 1;
  if (active <= 0 || failures_ >= kMostFailures) return finish();
  base::log_info(kEndingLog, "{} connections are still open", active);
  timer_ = loop_.after(options_.look_every, [this] { count(); });
}

void Ending::finish() {
  if (over_) std::exchange(over_, nullptr)();
}

}  // namespace amime::agent
