#include "base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace amime::base {
namespace {

using testing::HasSubstr;

TEST(Metrics, SameLabelsAreTheSameCounter) {
  MetricsRegistry registry;
  registry.counter("pushes", "help", {{"type", "cds"}}).add();
  registry.counter("pushes", "help", {{"type", "cds"}}).add(2);
  registry.counter("pushes", "help", {{"type", "lds"}}).add();
  EXPECT_EQ(registry.counter("pushes", "help", {{"type", "cds"}}).value(), 3);
  EXPECT_THAT(registry.text(), HasSubstr("pushes{type=\"cds\"} 3"));
  EXPECT_THAT(registry.text(), HasSubstr("pushes{type=\"lds\"} 1"));
}

TEST(Metrics, TextHasHelpTypeAndBuckets) {
  MetricsRegistry registry;
  registry.gauge("connected", "Proxies connected").set(2);
  registry.gauge("connected", "Proxies connected").add(-1);
  registry.histogram("seconds", "How long", {0.1, 1}).observe(0.5);
  const std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("# HELP connected Proxies connected\n# TYPE connected gauge\nconnected 1\n"));
  EXPECT_THAT(text, HasSubstr("seconds_bucket{le=\"0.1\"} 0"));
  EXPECT_THAT(text, HasSubstr("seconds_bucket{le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_THAT(text, HasSubstr("seconds_count 1"));
  EXPECT_LT(text.find("connected"), text.find("seconds"));
}

TEST(Metrics, OneNameHasOneKind) {
  MetricsRegistry registry;
  registry.gauge("a", "");
  EXPECT_THROW(registry.counter("a", ""), std::invalid_argument);
}

TEST(Metrics, ManyThreads) {
  MetricsRegistry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) registry.counter("n", "").add();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(registry.counter("n", "").value(), 4000);
}

}  // namespace
}  // namespace amime::base
