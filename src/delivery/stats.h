// Stats: what delivery counts, under Istio's names where Istio has the metric. Any thread; members live as long as the
// registry they were made in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "mesh/object.h"
#include "translate/resource.h"

namespace amime::delivery {

// What a message is for, on the way from one configuration to the next (gate.h).
enum class Phase : std::uint8_t { kUnion, kSwitch, kPrune };
inline constexpr std::size_t kPhases = 3;

class Stats {
 public:
  explicit Stats(base::MetricsRegistry& registry);
  template <class T>
  using PerType = std::array<T*, translate::kTypes>;

  // pilot_xds{version}: open streams by their proxies' ISTIO_VERSION.
  base::Gauge& streams(const std::string& istio_version);
  // pilot_push_triggers{type}: updates of the writer that changed some proxy, by what was in them.
  void trigger(const std::vector<mesh::Change>& changes);

  PerType<base::Counter> pushes, rejects, expired_nonces;
  PerType<base::Histogram> push_time, config_size;
  base::Histogram& convergence;   // pilot_proxy_convergence_time: from a change's arrival to the write to one proxy
  base::Histogram& queue_time;    // pilot_proxy_queue_time: from a change's arrival until the proxy's turn
  base::Histogram& config_acked;  // amime_config_acked_seconds: from a change's arrival to the last concerned proxy's ACK
  std::array<base::Histogram*, kPhases> phase_acked;  // amime_config_phase_acked_seconds{phase}: ... to one proxy's ACK of one message
  base::Counter& unconverged;                         // amime_config_rejected_total: changes that some proxy refused
  base::Counter& sent_bytes;                          // amime_xds_sent_bytes_total

 private:
  base::MetricsRegistry& registry_;
};

}  // namespace amime::delivery
