#include "source/last_good.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace amime::source {
namespace {

using mesh::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

class LastGoodTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/lastgoodXXXXXX";
    root = mkdtemp(pattern.data());
    dir = root + "/state";
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  std::vector<LastGoodRecord> load() {
    LastGood other(dir);
    const auto records = other.load();
    EXPECT_TRUE(records.ok()) << records.status();
    return records.ok() ? *records : std::vector<LastGoodRecord>();
  }
  const LastGoodRecord record{
      {Kind::kNamespace, "", "n"}, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}", "f.yaml", 3};
  std::string root, dir;
};

TEST_F(LastGoodTest, IsReadBack) {
  LastGood good(dir);
  EXPECT_TRUE(good.store({record}).ok());
  EXPECT_THAT(load(), ElementsAre(record));
  struct stat s;
  ASSERT_EQ(stat(dir.c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0700u);
  EXPECT_TRUE(good.store({}).ok());
  EXPECT_THAT(load(), IsEmpty());
  const auto object = object_of(record, {});
  ASSERT_TRUE(object);
  EXPECT_EQ(object->origin.line, 3);
}

TEST_F(LastGoodTest, NeverHoldsSecrets) {
  LastGood good(dir);
  EXPECT_TRUE(good.store({{{Kind::kSecret, "d", "s"}, "{\"stringData\":{\"a\":\"hunter2\"}}", "f", 1}, record}).ok());
  EXPECT_THAT(load(), ElementsAre(record));
}

TEST_F(LastGoodTest, DamageIsNoError) {
  LastGood good(dir);
  EXPECT_TRUE(good.store({record}).ok());
  {
    std::ofstream file(dir + "/last-good.jsonl", std::ios::app);
    file << "{\"kind\": 99}\n\x00garbage\n[]\n{\"kind\":\"x\",\"line\":\"y\"}\n";
  }
  EXPECT_THAT(load(), ElementsAre(record));
  EXPECT_FALSE(object_of({record.key, "{", "f", 1}, {}));
  EXPECT_FALSE(object_of({{Kind::kNamespace, "", "other"}, record.json, "f", 1}, {}));
}

TEST_F(LastGoodTest, WritesOnlyWhatDiffers) {
  LastGood good(dir);
  EXPECT_TRUE(good.store({record}).ok());
  std::filesystem::remove_all(dir);
  EXPECT_TRUE(good.store({record}).ok());
  EXPECT_FALSE(std::filesystem::exists(dir));
}

TEST_F(LastGoodTest, SaysWhyItCannotWrite) {
  std::ofstream(dir) << "a file";
  LastGood good(dir);
  EXPECT_FALSE(good.store({record}).ok());
  EXPECT_FALSE(good.load().ok());
  LastGood none("");
  EXPECT_TRUE(none.store({record}).ok());
  EXPECT_TRUE(none.load()->empty());
}

}  // namespace
}  // namespace amime::source
