#include "local/call_limits.h"

#include <gtest/gtest.h>

namespace amime::local {
namespace {

using delivery::CallKind;
using namespace std::chrono_literals;

const std::chrono::steady_clock::time_point kThen{1000s};

struct CallLimitsTest : ::testing::Test {
  int admitted(CallKind kind, int times, const std::string& ip, std::chrono::steady_clock::time_point now = kThen) {
    int out = 0;
    for (int i = 0; i < times; ++i) out += limits.admit(kind, "ipv4:" + ip + ":" + std::to_string(1000 + i), now).ok();
    return out;
  }
  double refused(const char* call) { return metrics.counter("amime_rate_limited_total", "", {{"call", call}}).value(); }
  base::MetricsRegistry metrics;
  CallLimits limits{metrics};
};

TEST_F(CallLimitsTest, AThousandProxiesBehindOneAddressMayStart) {
  EXPECT_EQ(admitted(CallKind::kUnary, 1000, "127.0.0.1"), 1000);
  EXPECT_EQ(admitted(CallKind::kStream, 1000, "127.0.0.1"), 1000);
}

TEST_F(CallLimitsTest, WhoGoesOnAndOnIsRefusedAndCounted) {
  EXPECT_EQ(admitted(CallKind::kUnary, 10'000, "10.0.0.1"), 2000);
  EXPECT_EQ(refused("certificate"), 8000);
  EXPECT_EQ(refused("stream"), 0);
  EXPECT_EQ(limits.admit(CallKind::kUnary, "ipv4:10.0.0.1:1", kThen).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(admitted(CallKind::kUnary, 1000, "10.0.0.2"), 1000) << "others are not hurt";
  EXPECT_EQ(admitted(CallKind::kStream, 1, "10.0.0.1"), 1);
  EXPECT_EQ(admitted(CallKind::kUnary, 1000, "10.0.0.1", kThen + 1s), 100);
}

}  // namespace
}  // namespace amime::local
