#include "identity/join_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const Workload kBatch{"jobs", "batch"};

class JoinTokensTest : public testing::Test {
 protected:
  JoinTokensTest() { fs::remove_all(dir_); }
  ~JoinTokensTest() override { fs::remove_all(dir_); }
  JoinTokens::Created created(std::chrono::seconds ttl = 1h) { return *tokens_.create(kBatch, ttl, kNow); }
  bool good(std::string_view token, Time now = kNow) { return tokens_.use(token, now).ok(); }

  std::string dir_ = testing::TempDir() + "/join-tokens-" + std::to_string(getpid());
  JoinTokens tokens_{dir_};
};

TEST_F(JoinTokensTest, IsGoodOnceForItsWorkload) {
  const auto token = created();
  const auto used = tokens_.use(token.token.reveal(), kNow + 59min);
  ASSERT_TRUE(used.ok());
  EXPECT_EQ(used->workload, kBatch);
  EXPECT_EQ(used->id, token.entry.id);
  EXPECT_FALSE(good(token.token.reveal()));
  EXPECT_THAT(*tokens_.list(), IsEmpty());
}

TEST_F(JoinTokensTest, EndsWithItsTime) {
  EXPECT_FALSE(good(created().token.reveal(), kNow + 1h));
  EXPECT_FALSE(tokens_.create(kBatch, 0s, kNow).ok());
  EXPECT_FALSE(tokens_.create(kBatch, 24h * 31, kNow).ok());
  EXPECT_FALSE(tokens_.create({"a/b", "c"}, 1h, kNow).ok());
}

TEST_F(JoinTokensTest, CanBeRevoked) {
  const auto token = created();
  EXPECT_THAT(*tokens_.list(), SizeIs(1));
  EXPECT_TRUE(tokens_.revoke(token.entry.id).ok());
  EXPECT_FALSE(good(token.token.reveal()));
  EXPECT_TRUE(absl::IsNotFound(tokens_.revoke(token.entry.id)));
  EXPECT_TRUE(absl::IsNotFound(tokens_.revoke("../../etc/passwd")));
}

TEST_F(JoinTokensTest, AGuessDoesNotUseItUp) {
  const auto token = created();
  const std::string text(token.token.reveal());
  std::string guess = text;
  guess.back() = guess.back() == '0' ? '1' : '0';
  for (const std::string& wrong : {guess, text + "0", text.substr(0, text.size() - 1), std::string("amime-join."),
                                   std::string("amime-join.../../x"), std::string(), std::string(100'000, 'a'), text + "\n"})
    EXPECT_EQ(tokens_.use(wrong, kNow).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(good(text));
}

TEST_F(JoinTokensTest, TheDiskDoesNotKnowIt) {
  const auto token = created();
  std::ifstream in(dir_ + "/" + token.entry.id);
  std::stringstream text;
  text << in.rdbuf();
  const auto secret = token.token.reveal().substr(token.token.reveal().rfind('.') + 1);
  EXPECT_THAT(text.str(), Not(HasSubstr(std::string(secret))));
}

TEST_F(JoinTokensTest, OfManyWhoShowItOneSucceeds) {
  const auto token = created();
  std::atomic<int> succeeded{0};
  std::vector<std::jthread> all;
  for (int i = 0; i < 8; ++i) all.emplace_back([&] { succeeded += good(token.token.reveal()) ? 1 : 0; });
  all.clear();
  EXPECT_EQ(succeeded, 1);
}

}  // namespace
}  // namespace amime::identity
