#include "local/call_limits.h"

#include "delivery/peer.h"

namespace amime::local {
namespace {

// Of all, and of one address. A proxy needs one of each to start, and a certificate every few hours; who was refused tries again.
constexpr base::Rate kAll{500, 5000}, kOneAddress{100, 2000};

base::Counter& refusals(base::MetricsRegistry& metrics, const char* what) {
  return metrics.counter("amime_rate_limited_total", "Calls of the secure port that were refused because there were too many",
                         {{"call", what}});
}

}  // namespace

CallLimits::CallLimits(base::MetricsRegistry& metrics)
    : streams_{{kAll, kOneAddress}, refusals(metrics, "stream")}, certificates_{{kAll, kOneAddress}, refusals(metrics, "certificate")} {}

absl::Status CallLimits::admit(delivery::CallKind kind, const std::string& address, std::chrono::steady_clock::time_point now) {
  Limit& limit = kind == delivery::CallKind::kStream ? streams_ : certificates_;
  const auto parsed = delivery::parse_peer(address);
  if (limit.rate.admit(parsed ? parsed->ip : address, now)) return absl::OkStatus();
  limit.refused.add();
  return absl::ResourceExhaustedError("request rate limit exceeded");
}

}  // namespace amime::local
