#include "swarm/recording.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace amime::bench {
namespace {

TEST(Recording, SurvivesItsFile) {
  Recording recording{.protocol = Protocol::sotw};
  RequestCounts needed{};
  needed[index(Type::eds)] = {1, 2};
  recording.phases = {Phase{{Step{{}, "first"}, Step{needed, std::string(100000, 'x')}}}, Phase{}, Phase{{Step{needed, ""}}}};
  const std::string path = testing::TempDir() + "/recording_test." + std::to_string(getpid());
  save(recording, path);
  const Recording loaded = load(path);
  std::filesystem::remove(path);
  EXPECT_EQ(loaded.protocol, Protocol::sotw);
  ASSERT_EQ(loaded.phases.size(), 3u);
  ASSERT_EQ(loaded.phases[0].steps.size(), 2u);
  EXPECT_EQ(loaded.phases[0].steps[0].message, "first");
  EXPECT_EQ(loaded.phases[0].steps[1].message.size(), 100000u);
  EXPECT_EQ(loaded.phases[0].steps[1].needed, needed);
  EXPECT_EQ(loaded.phases[1].steps.size(), 0u);
  EXPECT_EQ(loaded.phases[2].steps[0].needed, needed);
}

TEST(Recording, CoversComparesEveryCount) {
  RequestCounts have{}, needed{};
  EXPECT_TRUE(covers(have, needed));
  needed[index(Type::vhds)][1] = 1;
  EXPECT_FALSE(covers(have, needed));
  have[index(Type::vhds)][1] = 2;
  EXPECT_TRUE(covers(have, needed));
}

TEST(Recording, MissingFileThrows) { EXPECT_THROW(load("/no/such/file"), std::runtime_error); }

}  // namespace
}  // namespace amime::bench
