#include "agent/last_good.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace amime::agent {
namespace {

using testing::UnorderedElementsAre;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class LastGoodTest : public testing::Test {
 protected:
  ~LastGoodTest() override { fs::remove_all(dir); }
  std::unique_ptr<LastGood> open(const std::string& owner = "me") {
    auto out = std::make_unique<LastGood>(LastGood::Options{dir, owner});
    EXPECT_TRUE(out->load().ok());
    return out;
  }
  static std::vector<std::string> all(LastGood& it) {
    std::vector<std::string> out;
    it.for_each("T", [&](const std::string& name, LastGood::Entry& entry) { out.push_back(name + "=" + it.read(entry)); });
    return out;
  }
  const std::string dir = fs::temp_directory_path() / ("amime-lastgood-" + std::to_string(getpid()));
  const std::string file = dir + "/resources";
};

TEST_F(LastGoodTest, WhatWasPutIsThereAfterwards) {
  auto it = open();
  it->put("T", "a", "1", "first");
  it->put("T", "b", "1", "second");
  it->put("T", "a", "2", "third");
  it->put("T", "c", "1", "fourth");
  it->remove("T", "c");
  it->flush();
  it = open();
  EXPECT_THAT(all(*it), UnorderedElementsAre("a=third", "b=second"));
  EXPECT_EQ(fs::status(file).permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST_F(LastGoodTest, ATornEndCostsTheLastRecordOnly) {
  auto it = open();
  it->put("T", "a", "1", "first");
  it->put("T", "b", "1", "second");
  it->flush();
  it.reset();
  fs::resize_file(file, fs::file_size(file) - 3);
  it = open();
  EXPECT_THAT(all(*it), UnorderedElementsAre("a=first"));
  it->put("T", "c", "1", "third");
  it->flush();
  it = open();
  EXPECT_THAT(all(*it), UnorderedElementsAre("a=first", "c=third"));
}

TEST_F(LastGoodTest, BytesThatChangedAreNotTaken) {
  auto it = open();
  it->put("T", "a", "1", "first");
  it->flush();
  it.reset();
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(-2, std::ios::end);
  out.put('!');
  out.close();
  EXPECT_EQ(open()->size(), 0u);
}

TEST_F(LastGoodTest, IsWrittenAnewWhenMostOfItIsOld) {
  auto it = open();
  it->put("T", "keep", "1", "kept");
  const std::string big(100'000, 'x');
  for (int i = 0; i < 50; ++i) {
    it->put("T", "a", std::to_string(i), big);
    it->flush();
  }
  EXPECT_LT(fs::file_size(file), 2'000'000u);
  EXPECT_THAT(all(*it), UnorderedElementsAre("keep=kept", "a=" + big));
  it = open();
  EXPECT_THAT(all(*it), UnorderedElementsAre("keep=kept", "a=" + big));
  EXPECT_FALSE(fs::exists(file + ".new"));
}

TEST_F(LastGoodTest, RemembersWhenItWasConfirmed) {
  auto it = open();
  EXPECT_EQ(it->confirmed(), LastGood::Time());
  it->put("T", "a", "1", "first");
  it->flush();
  const auto then = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - 1h);
  it->confirm(then);
  it = open();
  EXPECT_EQ(it->confirmed(), then);
}

TEST_F(LastGoodTest, ANewSessionHasNothing) {
  auto it = open();
  it->put("T", "a", "1", "first");
  it->put("T", "b", "1", "second");
  it->begin_session();
  it->put("T", "b", "1", "second");
  it->forget_others("T");
  EXPECT_THAT(all(*it), UnorderedElementsAre("b=second"));
}

}  // namespace
}  // namespace amime::agent
