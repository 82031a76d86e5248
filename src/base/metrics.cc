#include "base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <mutex>
#include <sstream>
#include <tuple>

namespace amime::base {
namespace {

class CounterOf final : public Counter {
 public:
  explicit CounterOf(prometheus::Counter& to) : to_(to) {}
  void add(double amount) override { to_.Increment(amount); }
  double value() const override { return to_.Value(); }

 private:
  prometheus::Counter& to_;
};

class GaugeOf final : public Gauge {
 public:
  explicit GaugeOf(prometheus::Gauge& to) : to_(to) {}
  void set(double value) override { to_.Set(value); }
  void add(double amount) override { to_.Increment(amount); }
  double value() const override { return to_.Value(); }

 private:
  prometheus::Gauge& to_;
};

class HistogramOf final : public Histogram {
 public:
  explicit HistogramOf(prometheus::Histogram& to) : to_(to) {}
  void observe(double value) override { to_.Observe(value); }

 private:
  prometheus::Histogram& to_;
};

// The library's metrics and our faces of them, by name and labels.
template <class Face>
using Faces = std::map<std::pair<std::string, MetricLabels>, std::unique_ptr<Face>>;

}  // namespace

struct MetricsRegistry::Impl {
  prometheus::Registry registry;
  std::mutex mutex;
  Faces<Counter> counters;
  Faces<Gauge> gauges;
  Faces<Histogram> histograms;

  template <class Face, class Make>
  Face& find_or(Faces<Face>& faces, std::string_view name, const MetricLabels& labels, Make make) {
    std::lock_guard lock(mutex);
    auto& slot = faces[{std::string(name), labels}];
    if (!slot) slot = make();
    return *slot;
  }
};

MetricsRegistry::MetricsRegistry() : impl_(std::make_unique<Impl>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return impl_->find_or(impl_->counters, name, labels, [&] {
    auto& family = prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<CounterOf>(family.Add(labels));
  });
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help, const MetricLabels& labels) {
  return impl_->find_or(impl_->gauges, name, labels, [&] {
    auto& family = prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<GaugeOf>(family.Add(labels));
  });
}

Histogram& MetricsRegistry::histogram(std::string_view name, std::string_view help, const std::vector<double>& buckets,
                                      const MetricLabels& labels) {
  return impl_->find_or(impl_->histograms, name, labels, [&] {
    auto& family = prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(impl_->registry);
    return std::make_unique<HistogramOf>(family.Add(labels, buckets));
  });
}

std::string MetricsRegistry::text() const {
  auto families = impl_->registry.Collect();
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace amime::base
