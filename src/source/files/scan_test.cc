#include "source/files/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/files/testing.h"

namespace amime::source::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const Scan& scan) {
  std::vector<std::string> out;
  for (const auto& [name, file] : scan.files) out.push_back(name);
  return out;
}

TEST(ScanTest, FindsConfigFilesBelow) {
  TestDirectory dir;
  for (const char* name : {"b.yaml", "a.yml", "c.json", "d.txt", ".hidden.yaml", "e.yaml~"}) dir.write(name, "");
  dir.make("sub/deep");
  dir.make(".git");
  dir.write("sub/deep/x.yaml", "");
  dir.write(".git/y.yaml", "");
  const Scan scan = scan_directory(dir.path());
  EXPECT_THAT(names(scan), ElementsAre("a.yml", "b.yaml", "c.json", "sub/deep/x.yaml"));
  EXPECT_EQ(scan.directories.size(), 3u);
  EXPECT_EQ(scan.error, "");
}

TEST(ScanTest, MountedConfigMap) {
  TestDirectory dir;
  dir.make("..2024_1");
  dir.write("..2024_1/x.yaml", "");
  dir.link("..2024_1", "..data");
  dir.link("..data/x.yaml", "x.yaml");
  const Scan scan = scan_directory(dir.path());
  EXPECT_THAT(names(scan), ElementsAre("x.yaml"));
  EXPECT_TRUE(scan.files.at("x.yaml").link);
  EXPECT_TRUE(scan.elsewhere.at(dir.path()).contains("..data"));
}

TEST(ScanTest, LinksThatGoRoundOrNowhere) {
  TestDirectory dir;
  dir.make("sub");
  dir.link("..", "sub/up");
  dir.link("self.yaml", "self.yaml");
  dir.link("nothing", "broken.yaml");
  dir.link("sub", "also");
  dir.write("sub/x.yaml", "");
  const Scan scan = scan_directory(dir.path());
  EXPECT_THAT(names(scan), ElementsAre("also/x.yaml", "sub/x.yaml"));
  ASSERT_EQ(scan.unreadable.size(), 2u);
}

TEST(ScanTest, WhatCannotBeRead) {
  TestDirectory dir;
  EXPECT_NE(scan_directory(dir / "none").error, "");
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  dir.make("closed");
  chmod((dir / "closed").c_str(), 0);
  const Scan scan = scan_directory(dir.path());
  ASSERT_EQ(scan.unreadable.size(), 1u);
  EXPECT_EQ(scan.unreadable[0].first, "closed/");
}

TEST(ReadFileTest, Outcomes) {
  TestDirectory dir;
  std::string text;
  dir.write("a", "hello");
  EXPECT_EQ(read_file(dir / "a", 100, text).result, ReadResult::kRead);
  EXPECT_EQ(text, "hello");
  EXPECT_EQ(read_file(dir / "none", 100, text).result, ReadResult::kGone);
  EXPECT_EQ(read_file(dir / "a", 4, text).result, ReadResult::kFailed);
  EXPECT_EQ(read_file(dir.path(), 100, text).result, ReadResult::kFailed);
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(dir / "fifo", 100, text).result, ReadResult::kFailed);
}

}  // namespace
}  // namespace amime::source::files
