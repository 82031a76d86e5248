// Metrics: counters, gauges and histograms with label sets, written as Prometheus' text (GET /metrics).
//
// A Registry is owned by the program; families and their members live as long as it. Any thread. The same name, kind and
// labels give the same metric again; one name must keep one kind (a second kind is a bug: std::invalid_argument).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace amime::base {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;  // never negative
  virtual double value() const = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
  virtual double value() const = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  Counter& counter(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const MetricLabels& labels = {});
  // `buckets`: upper bounds, ascending, without +Inf; those of the first call of a name and label set count.
  Histogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& buckets, const MetricLabels& labels = {});

  std::string text() const;  // text format 0.0.4, families by name

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::base
