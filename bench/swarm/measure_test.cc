// A whole run against a floor in this process: the figures are there, and count what was sent.
#include "swarm/measure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "floor/replay_server.h"
#include "swarm/test_messages.h"

namespace amime::bench {
namespace {

// Replays, for every planned change, one response of each marker's type that carries the marker.
Recording recording_for(const std::vector<PlannedChange>& plan) {
  const auto need = [](Type type) {
    RequestCounts counts{};
    counts[index(type)][0] = 1;
    return counts;
  };
  Recording recording;
  recording.phases.push_back({{
      {need(Type::cds), test::delta_response(Type::cds, "1", {{"a", test::eds_cluster("a")}})},
      {need(Type::eds), test::delta_response(Type::eds, "2", {{"a", test::field(1, "a")}})},
      {need(Type::lds), test::delta_response(Type::lds, "3", {{"l", test::listener("l", {"80"})}})},
      {need(Type::rds), test::delta_response(Type::rds, "4", {{"80", test::table("80", false)}})},
  }});
  for (const PlannedChange& change : plan) {
    Phase& phase = recording.phases.emplace_back();
    for (const Marker& marker : change.markers) {
      phase.steps.push_back({{}, test::delta_response(marker.type, "n", {{marker.bytes, test::field(1, marker.bytes)}})});
    }
  }
  return recording;
}

class InProcess : public Target {
 public:
  explicit InProcess(const Recording& recording) : server_(start_replay_server(address_, recording)) {}
  pid_t pid() const override { return getpid(); }
  std::string address() const override { return address_; }
  void apply(const PlannedChange&, size_t number) override { server_->start_phase(number + 1); }

 private:
  const std::string address_ = "127.0.0.1:" + std::to_string(free_port());
  std::unique_ptr<ReplayServer> server_;
};

TEST(Measure, ARunHasAllFiguresAndItsRecordingGivesThemAgain) {
  const auto plan = plan_changes(10, 2, 1);
  InProcess target(recording_for(plan));
  using namespace std::chrono_literals;
  const MeasureOptions options{.services = 10, .proxies = 10, .bound = 30s, .quiet = 20ms, .calm_down = 1ms, .idle = 1ms};
  const Measured first = measure(target, plan, options, true);
  ASSERT_EQ(first.recording.phases.size(), 1 + plan.size());
  InProcess replayed(first.recording);
  const Measured second = measure(replayed, plan, options, false);
  EXPECT_TRUE(second.recording.phases.empty());
  EXPECT_EQ(first.figures.cold.bytes_per_proxy, second.figures.cold.bytes_per_proxy);
  EXPECT_EQ(first.figures.cold.messages_per_proxy[index(Type::rds)], 1);
  ASSERT_EQ(first.figures.changes.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_GT(first.figures.changes[i].last_ack_ms.max, 0) << i;
    EXPECT_GT(first.figures.changes[i].cpu_ms, 0) << i;
    EXPECT_EQ(first.figures.changes[i].bytes_per_proxy, second.figures.changes[i].bytes_per_proxy) << i;
    EXPECT_GE(first.figures.changes[i].sent_bytes, first.figures.changes[i].needed_bytes) << i;
  }
  EXPECT_EQ(first.figures.changes[3].messages_per_proxy, 3) << "a new service";
}

TEST(Measure, AChangeThatNeverComesIsAnError) {
  const auto plan = plan_changes(10, 1, 1);
  Recording recording = recording_for(plan);
  recording.phases[1].steps.clear();
  InProcess target(recording);
  using namespace std::chrono_literals;
  const MeasureOptions options{.services = 10, .proxies = 2, .change_bound = 1s, .quiet = 1ms, .calm_down = 1ms, .idle = 1ms};
  EXPECT_THROW(measure(target, plan, options, false), std::runtime_error);
}

}  // namespace
}  // namespace amime::bench
