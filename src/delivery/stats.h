// Stats: what delivery counts, without saying how it is exported. Any thread; relaxed atomics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "translate/resource.h"

namespace amime::delivery {

class Counter {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Counts of observations up to each bound, as Prometheus has them.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);
  const std::vector<double>& bounds() const { return bounds_; }
  std::vector<std::uint64_t> counts() const;  // one per bound, not cumulative, and one above the last
  std::uint64_t count() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

std::vector<double> latency_bounds();  // seconds
std::vector<double> size_bounds();     // bytes

class Stats {
 public:
  template <class T>
  using PerType = std::array<T, translate::kTypes>;

  Counter streams_open;             // pilot_xds (a gauge: up and down)
  Counter streams_total;
  PerType<Counter> pushes;          // pilot_xds_pushes{type}
  PerType<Counter> rejects;         // pilot_total_xds_rejects{type}, pilot_xds_<type>_reject
  Counter expired_nonces;           // pilot_xds_expired_nonce
  Counter sent_bytes;
  Counter triggers;                 // pilot_push_triggers: updates of the writer that changed a scope
  Counter unconverged;              // changes that some proxy refused
  PerType<Histogram> config_size{{Histogram(size_bounds()), Histogram(size_bounds()), Histogram(size_bounds()), Histogram(size_bounds()),
                                  Histogram(size_bounds()), Histogram(size_bounds())}};  // pilot_xds_config_size_bytes{type}
  PerType<Histogram> push_time{{Histogram(latency_bounds()), Histogram(latency_bounds()), Histogram(latency_bounds()), Histogram(latency_bounds()),
                                Histogram(latency_bounds()), Histogram(latency_bounds())}};  // pilot_xds_push_time{type}: a write's duration
  Histogram convergence{latency_bounds()};   // pilot_proxy_convergence_time: from the change to the write to one proxy
  Histogram queue_time{latency_bounds()};    // pilot_proxy_queue_time: from the update to the stream's turn
  Histogram config_acked{latency_bounds()};  // amime_config_acked_seconds: from the change to the last proxy's ACK
};

}  // namespace amime::delivery
