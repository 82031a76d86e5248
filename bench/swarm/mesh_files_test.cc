#include "swarm/mesh_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "swarm/plan.h"
#include "swarm/report.h"

namespace amime::bench {
namespace {

class MeshFilesTest : public testing::Test {
 protected:
  MeshFilesTest() : directory_(testing::TempDir() + "/mesh_files_test." + std::to_string(getpid())), files_(directory_) {}
  ~MeshFilesTest() override { std::filesystem::remove_all(directory_); }
  nlohmann::json read(const std::string& name) const { return nlohmann::json::parse(std::ifstream(directory_ / name)); }
  size_t count() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory_), std::filesystem::directory_iterator{}));
  }
  const std::filesystem::path directory_;
  const MeshFiles files_;
};

TEST_F(MeshFilesTest, OneObjectAFile) {
  files_.write_all(21);
  EXPECT_EQ(count(), 3u + 2u + 21u * 9u) << "nodes, namespaces, and nine objects a service";
  const auto slice = read("mesh-001.EndpointSlice.svc-0020-abcde.json");
  EXPECT_EQ(slice["endpoints"].size(), 5u);
  EXPECT_EQ(slice["endpoints"][0]["addresses"][0], PodName({{20}, 0}).ip());
  const auto service = read("mesh-001.VirtualService.svc-0020.json");
  ASSERT_EQ(service["spec"]["http"].size(), 3u);
  EXPECT_EQ(service["spec"]["http"][0]["match"][0]["headers"]["x-canary"]["exact"], "true");
  EXPECT_EQ(service["spec"]["http"][2]["route"][0]["weight"], 90);
  EXPECT_EQ(read("mesh-001.DestinationRule.svc-0020.json")["spec"]["subsets"].size(), 2u);
  EXPECT_EQ(read("mesh-001.Service.svc-0020.json")["spec"]["ports"][0]["port"], 80);
}

TEST_F(MeshFilesTest, EveryPlannedChangeTouchesFiles) {
  files_.write_all(4);
  const auto plan = plan_changes(4, 2, 7);
  ASSERT_EQ(plan.size(), 8u);
  const size_t before = count();
  for (const PlannedChange& change : plan) change.write(files_);
  EXPECT_EQ(count(), before + 2 * 2) << "two new services of two files each";
}

TEST(Plan, TheSameSeedPlansTheSame) {
  const auto one = plan_changes(100, 5, 3);
  const auto two = plan_changes(100, 5, 3);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].markers[0].bytes, two[i].markers[0].bytes);
  EXPECT_EQ(one.back().markers.size(), 3u) << "a new service is a cluster, its endpoints and its virtual host";
}

TEST(Report, BarsCompareWithTheFloor) {
  RunInfo info{.services = 10, .proxies = 10, .count = 1};
  Figures amime, floor;
  amime.cold.cpu_seconds = 1.2;
  floor.cold.cpu_seconds = 1;
  amime.idle = {.empty_mib = 10, .resident_mib = 12};
  amime.changes = {{.kind = Kind::weight, .last_ack_ms = {16, 16, 16}, .cpu_ms = 1, .sent_bytes = 130, .needed_bytes = 100}};
  floor.changes = {{.kind = Kind::weight, .last_ack_ms = {10, 10, 10}, .cpu_ms = 1}};
  const auto bars = bars_of(info, amime, floor);
  ASSERT_EQ(bars.size(), 6u);
  EXPECT_TRUE(bars[0].held());
  EXPECT_FALSE(bars[1].held()) << "0.2 MiB a proxy";
  EXPECT_FALSE(bars[3].held()) << "1.6 times the floor's latency";
  EXPECT_TRUE(bars[4].held());
  EXPECT_FALSE(bars[5].held()) << "1.3 times the bytes";
  EXPECT_NE(table_of(info, amime, floor).find("NOT HELD"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(json_of(info, amime, floor))["bars"].size(), 6u);
}

TEST(Distribution, TakesTheNearestRank) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const Distribution distribution = distribution_of(values);
  EXPECT_EQ(distribution.p50, 50);
  EXPECT_EQ(distribution.p99, 99);
  EXPECT_EQ(distribution.max, 100);
  EXPECT_EQ(distribution_of({}).max, 0);
}

}  // namespace
}  // namespace amime::bench
