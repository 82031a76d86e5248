#include "delivery/stats.h"

#include <set>

namespace amime::delivery {
namespace {

using mesh::Kind;
using translate::Type;

const std::vector<double> kTimes = {.001, .005, .01, .05, .1, .5, 1, 3, 5, 10, 20, 30};  // seconds; Istio's, and smaller ones
const std::vector<double> kAckTimes = {.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 30, 60};
const std::vector<double> kSizes = {1, 10'000, 1'000'000, 4'000'000, 10'000'000, 40'000'000};  // bytes; Istio's

template <class T, class Make>
Stats::PerType<T> per_type(Make make) {
  Stats::PerType<T> all{};
  for (std::size_t i = 0; i < translate::kTypes; ++i) all[i] = &make(static_cast<Type>(i));
  return all;
}

std::string_view trigger_of(Kind kind) {
  switch (kind) {
    case Kind::kEndpoints:
    case Kind::kEndpointSlice: return "endpoint";
    case Kind::kService:
    case Kind::kServiceEntry: return "service";
    case Kind::kPod:
    case Kind::kNode:
    case Kind::kWorkloadEntry: return "proxy";
    case Kind::kSecret: return "secret";
    case Kind::kNamespace: return "namespace";
    case Kind::kMeshConfig: return "global";
    default: return "config";
  }
}

base::MetricLabels label(std::string_view value) { return {{"type", std::string(value)}}; }

std::array<base::Histogram*, kPhases> per_phase(base::MetricsRegistry& registry) {
  std::array<base::Histogram*, kPhases> all{};
  constexpr std::array<const char*, kPhases> names = {"union", "switch", "prune"};
  for (std::size_t i = 0; i < kPhases; ++i)
    all[i] = &registry.histogram("amime_config_phase_acked_seconds",
                                 "Seconds from a change until one proxy acknowledged a message for it, by what the message was for.",
                                 kAckTimes, {{"phase", names[i]}});
  return all;
}

}  // namespace

Stats::Stats(base::MetricsRegistry& registry)
    : pushes(per_type<base::Counter>([&](Type type) -> base::Counter& {
        return registry.counter("pilot_xds_pushes", "Messages sent, by type.", label(translate::type_short(type)));
      })),
      rejects(per_type<base::Counter>([&](Type type) -> base::Counter& {
        return registry.counter("pilot_total_xds_rejects", "Messages that proxies refused, by type.", label(translate::type_short(type)));
      })),
      expired_nonces(per_type<base::Counter>([&](Type type) -> base::Counter& {
        return registry.counter("pilot_xds_expired_nonce", "Requests that answered a message nobody waited for.",
                                label(translate::type_short(type)));
      })),
      push_time(per_type<base::Histogram>([&](Type type) -> base::Histogram& {
        return registry.histogram("pilot_xds_push_time", "Seconds that one message took to be written.", kTimes,
                                  label(translate::type_short(type)));
      })),
      config_size(per_type<base::Histogram>([&](Type type) -> base::Histogram& {
        return registry.histogram("pilot_xds_config_size_bytes", "Bytes of one message.", kSizes, label(translate::type_url(type)));
      })),
      convergence(registry.histogram("pilot_proxy_convergence_time", "Seconds from a change to its being sent to one proxy.", kTimes)),
      queue_time(registry.histogram("pilot_proxy_queue_time", "Seconds from a change until one proxy's turn came.", kTimes)),
      config_acked(registry.histogram("amime_config_acked_seconds",
                                      "Seconds from a change until the last proxy that it concerned acknowledged it.", kAckTimes)),
      phase_acked(per_phase(registry)),
      unconverged(registry.counter("amime_config_rejected_total", "Changes that some proxy refused.")),
      sent_bytes(registry.counter("amime_xds_sent_bytes_total", "Bytes of all messages sent.")),
      registry_(registry) {}

base::Gauge& Stats::streams(const std::string& istio_version) {
  return registry_.gauge("pilot_xds", "Proxies connected, by version.", {{"version", istio_version}});
}

void Stats::trigger(const std::vector<mesh::Change>& changes) {
  std::set<std::string_view> reasons;
  for (const auto& change : changes) reasons.insert(trigger_of(change.key.kind));
  for (const auto reason : reasons)
    registry_.counter("pilot_push_triggers", "Updates that changed some proxy, by cause.", label(reason)).add();
}

}  // namespace amime::delivery
