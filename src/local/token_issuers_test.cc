#include "local/token_issuers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "identity/issuer_testing.h"

namespace amime::local {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct TokenIssuersTest : ::testing::Test {
  ~TokenIssuersTest() override { std::filesystem::remove_all(dir); }
  std::string error(const std::string& rules) { return std::string(TokenIssuers::start(rules, dir).status().message()); }
  std::string dir = ::testing::TempDir() + "/token-issuers-" + std::to_string(getpid());
  identity::testing::Issuer issuer;
};

// A key set stands in JSON as text.
std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return '"' + text + '"';
}

TEST_F(TokenIssuersTest, OneRuleOrAListInEitherSpelling) {
  EXPECT_TRUE((*TokenIssuers::start("", dir))->issuers().empty());
  EXPECT_TRUE((*TokenIssuers::start("[]", dir))->issuers().empty());
  const auto rule = [&](const char* name, const char* more) {
    return fmt::format(R"({{"issuer":"{}","jwks":{}{}}})", name, quoted(issuer.key_set()), more);
  };
  const auto one = *TokenIssuers::start(rule("i", ""), dir);
  ASSERT_EQ(one->issuers().size(), 1u);
  EXPECT_EQ(one->issuers()[0].rules.issuer, "i");
  EXPECT_THAT(one->issuers()[0].rules.audiences, ElementsAre("istio-ca"));
  EXPECT_NE(one->issuers()[0].keys->get(), nullptr) << "they stand in the rule";
  const auto two = *TokenIssuers::start(" [" + rule("i", "") + ", " + rule("j", R"(,"audiences":["a","b"],"jwks_uri":"")") + "]\n", dir);
  ASSERT_EQ(two->issuers().size(), 2u);
  EXPECT_THAT(two->issuers()[1].rules.audiences, ElementsAre("a", "b"));
}

TEST_F(TokenIssuersTest, SaysWhatIsWrongWithRules) {
  EXPECT_THAT(error("nonsense"), HasSubstr("--jwt-rule: "));
  EXPECT_THAT(error(R"({"jwksUri":"http://k"})"), HasSubstr("names no issuer"));
  EXPECT_THAT(error(R"({"issuer":"i","keys":"http://k"})"), HasSubstr("keys"));
  EXPECT_THAT(error(R"({"issuer":"i","jwks":"{}"})"), HasSubstr("--jwt-rule: jwks: "));
}

TEST_F(TokenIssuersTest, KeysAreFetchedAndKeptForTheNextStart) {
  const std::string rule = R"({"issuer":"https://issuer","jwksUri":"https://issuer/keys"})";
  std::promise<void> go;
  const auto held = go.get_future().share();
  {
    const auto issuers =
        *TokenIssuers::start(rule, dir, [&](const std::string& uri, std::chrono::milliseconds) -> absl::StatusOr<std::string> {
          held.wait();
          EXPECT_EQ(uri, "https://issuer/keys");
          return issuer.key_set();
        });
    EXPECT_EQ(issuers->issuers()[0].keys->get(), nullptr);
    go.set_value();
    for (const auto end = std::chrono::steady_clock::now() + 10s; issuers->issuers()[0].keys->get() == nullptr;) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }
  const auto gone = [](const std::string&, std::chrono::milliseconds) -> absl::StatusOr<std::string> {
    return absl::UnavailableError("no");
  };
  EXPECT_NE((*TokenIssuers::start(rule, dir, gone))->issuers()[0].keys->get(), nullptr);
}

}  // namespace
}  // namespace amime::local
