#include "identity/own_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
constexpr auto kDay = 24h;

class OwnRootsTest : public testing::Test {
 protected:
  OwnRootsTest() { fs::remove_all(options_.dir); }
  ~OwnRootsTest() override { fs::remove_all(options_.dir); }

  AuthorityFiles at(Time now) {
    auto files = OwnRoots(options_).at(now);  // another one each time: what matters is on disk
    EXPECT_TRUE(files.ok()) << files.status();
    return files.ok() ? *std::move(files) : AuthorityFiles();
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(options_.dir)) out.push_back(entry.path());
    return out;
  }
  OwnRoots::Options options_{.dir = testing::TempDir() + "/own-roots-" + std::to_string(getpid()) + "/ca"};
};

std::size_t roots_in(const AuthorityFiles& files) { return read_certificates(files.root_cert)->size(); }

TEST_F(OwnRootsTest, TheFirstIsMadeAndKept) {
  const auto first = at(kNow);
  EXPECT_EQ(roots_in(first), 1U);
  EXPECT_EQ(read_certificates(first.root_cert)->front().subject, "O=cluster.local");
  const auto again = at(kNow + kDay);
  EXPECT_EQ(again.ca_cert, first.ca_cert);
  EXPECT_EQ(again.ca_key, first.ca_key);
  EXPECT_TRUE(Authority::make(again, {}, kNow).ok());
}

TEST_F(OwnRootsTest, NobodyElseMayReadThem) {
  at(kNow);
  EXPECT_EQ(fs::status(options_.dir).permissions(), fs::perms::owner_all);
  ASSERT_THAT(files(), SizeIs(1));
  const fs::path file = files().front();
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
  EXPECT_THAT(std::string(OwnRoots(options_).at(kNow).status().message()), HasSubstr("open to others"));
}

TEST_F(OwnRootsTest, ANewRootIsTrustedBeforeItSignsAndTheOldOneAfter) {
  const auto first = at(kNow);
  const Time late = kNow + options_.lifetime * 4 / 5 + kDay;
  const auto overlapping = at(late);
  EXPECT_EQ(roots_in(overlapping), 2U);
  EXPECT_EQ(overlapping.ca_cert, first.ca_cert);
  const auto after = at(late + kDay);
  EXPECT_NE(after.ca_cert, first.ca_cert);
  EXPECT_EQ(roots_in(after), 2U);
  EXPECT_TRUE(Authority::make(after, {}, late + kDay).ok());
  EXPECT_EQ(roots_in(at(late + kDay + options_.drain - 1s)), 2U);
  EXPECT_EQ(roots_in(at(late + kDay + options_.drain)), 1U);
  EXPECT_THAT(files(), SizeIs(2));
}

TEST_F(OwnRootsTest, LongAsleepItSignsWithWhatIsValid) {
  at(kNow);
  const Time later = kNow + options_.lifetime + kDay;  // the first has expired meanwhile
  const auto files = at(later);
  EXPECT_EQ(roots_in(files), 1U);
  EXPECT_TRUE(Authority::make(files, {}, later).ok());
}

TEST_F(OwnRootsTest, WhatCannotBeReadIsNotReplaced) {
  at(kNow);
  const fs::path file = files().front();
  std::ofstream(file) << "gone";
  EXPECT_THAT(std::string(OwnRoots(options_).at(kNow).status().message()), HasSubstr("holds no certificate"));
  EXPECT_THAT(files(), SizeIs(1));
}

}  // namespace
}  // namespace amime::identity
