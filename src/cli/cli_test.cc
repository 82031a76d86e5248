#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "cli/command.h"

namespace amime::cli {
namespace {

using testing::HasSubstr;

struct Result {
  int code = 0;
  std::string out, err;
};
Result amime(std::vector<std::string> arguments) {
  arguments.erase(arguments.begin());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Result result;
  result.code = run(std::move(arguments));
  std::fflush(stdout);
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

TEST(Cli, HelpOfEveryCommandShowsAnExample) {
  for (const char* command : {"up", "serve", "echo", "version", "completion", "demo"}) {
    const auto result = amime({"amime", command, "-h"});
    EXPECT_EQ(result.code, kOk) << command;
    EXPECT_THAT(result.out,
                HasSubstr(fmt::format("Example:\n  {}amime {}", std::string(command) == "completion" ? "source <(" : "", command)));
  }
  const auto all = amime({"amime", "--help"});
  EXPECT_EQ(all.code, kOk);
  EXPECT_THAT(all.out, HasSubstr("serve"));
  EXPECT_EQ(all.out.find("demo"), std::string::npos);
}

TEST(Cli, UsageErrorsAre64) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"amime"},
                                             {"amime", "bogus"},
                                             {"amime", "serve"},
                                             {"amime", "up"},
                                             {"amime", "echo", "--status", "9"},
                                             {"amime", "completion", "tcsh"},
                                             {"amime", "serve", "--config-dir", "x", "--log-level", "loud"},
                                             {"amime", "serve", "--config-dir", "x", "--max-delete-share", "2"}}) {
    const auto result = amime(arguments);
    EXPECT_EQ(result.code, kUsage) << testing::PrintToString(arguments);
    EXPECT_NE(result.err, "");
  }
}

TEST(Cli, Version) {
  const auto result = amime({"amime", "version"});
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(result.out, testing::StartsWith("amime "));
}

TEST(Cli, ServeHasTheFlagsOfTheContract) {
  const auto help = amime({"amime", "serve", "-h"}).out;
  for (const char* flag : {"--config-dir", "--xds-address", "--monitoring-address", "--mesh-config", "--state-dir", "--strict",
                           "--allow-empty", "--max-delete-share", "--xds-token-file", "--log-level", "127.0.0.1:15010", "127.0.0.1:15014"})
    EXPECT_THAT(help, HasSubstr(flag));
}

TEST(Cli, FailuresAre1) { EXPECT_EQ(amime({"amime", "echo", "--listen", "203.0.113.1:0"}).code, kFailure); }

class Completion : public testing::TestWithParam<const char*> {};
TEST_P(Completion, NamesCommandsAndFlagsAndParses) {
  const std::string shell = GetParam();
  const auto result = amime({"amime", "completion", shell});
  EXPECT_EQ(result.code, kOk);
  for (const char* word : {"serve", "up", "echo", "config-dir", "version-label", "zsh"}) EXPECT_THAT(result.out, HasSubstr(word));
  EXPECT_EQ(result.out.find("demo"), std::string::npos);
  if (std::system(("command -v " + shell + " >/dev/null 2>&1").c_str()) != 0) GTEST_SKIP() << shell << " is not installed";
  const std::string file = testing::TempDir() + "amime-completion-" + shell + "-" + std::to_string(getpid());
  std::ofstream(file) << result.out;
  EXPECT_EQ(std::system((shell + " -n " + file).c_str()), 0);
  std::remove(file.c_str());
}
INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::Values("bash", "zsh", "fish"));

}  // namespace
}  // namespace amime::cli
