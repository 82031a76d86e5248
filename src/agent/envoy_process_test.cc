#include "agent/envoy_process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/ending.h"
#include "base/http_server.h"

namespace amime::agent {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

EnvoyProcess::Options script(const std::string& text) {
  return {.argv = {"/bin/sh", "-c", text}, .first_wait = 1ms, .longest_wait = 2ms, .most_failures = 3};
}

TEST(EnvoyProcess, IsStartedAgainUntilItIsGivenUp) {
  Loop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  auto options = script("echo hello; exit 3");
  options.output = ends[1];
  EnvoyProcess envoy(loop, options);
  std::string how;
  envoy.on_end = [&](const std::string& said) { how = said; };
  envoy.start();
  ASSERT_TRUE(loop.run_until([&] { return !how.empty(); }, 10s));
  EXPECT_EQ(how, "Envoy exited with status 3");
  EXPECT_EQ(envoy.restarts(), 3u);
  char text[100] = {};
  ASSERT_GT(read(ends[0], text, sizeof text - 1), 0);
  EXPECT_THAT(text, HasSubstr("hello\n"));
  close(ends[0]), close(ends[1]);
}

TEST(EnvoyProcess, EndsWhenAskedTo) {
  Loop loop;
  EnvoyProcess envoy(loop, script("exec sleep 600"));
  bool ended = false;
  envoy.on_end = [&](const std::string&) { ended = true; };
  envoy.start();
  EXPECT_TRUE(envoy.running());
  envoy.end(5s);
  EXPECT_TRUE(ended);
  EXPECT_FALSE(envoy.running());
}

TEST(EnvoyProcess, SaysWhatCannotBeRun) {
  Loop loop;
  EnvoyProcess envoy(loop, {.argv = {"/no/such/envoy"}});
  std::string how;
  envoy.on_end = [&](const std::string& said) { how = said; };
  envoy.start();
  EXPECT_THAT(how, HasSubstr("/no/such/envoy"));
}

// An admin interface that counts connections down.
class EndingTest : public testing::Test {
 protected:
  EndingTest() {
    admin = *base::HttpServer::start("127.0.0.1:0", [this](const base::HttpRequest& request) {
      std::lock_guard lock(mutex);
      if (request.method == "POST") posted.push_back(request.target);
      return base::text_response(200, fmt::format("listener.0.0.0.0_80.downstream_cx_active: {}\n", connections > 0 ? connections-- : 0));
    });
    options.admin_address = "127.0.0.1:" + std::to_string(admin->port());
    options.termination_drain = options.minimum_drain = options.look_every = 5ms;
  }
  void make() {
    ending = std::make_unique<Ending>(loop, options, [this] { ++overs; });
  }
  bool over() {
    return loop.run_until([&] { return overs > 0; }, 5s);
  }
  Loop loop;
  std::mutex mutex;
  std::vector<std::string> posted;
  int connections = 0, overs = 0;
  std::unique_ptr<base::HttpServer> admin;
  Ending::Options options;
  std::unique_ptr<Ending> ending;
};

TEST_F(EndingTest, TellsClientsAndWaits) {
  make();
  ending->begin();
  EXPECT_EQ(overs, 0);
  EXPECT_TRUE(over());
  EXPECT_THAT(posted, testing::ElementsAre("/drain_listeners?inboundonly&graceful"));
}

TEST_F(EndingTest, WaitsForTheLastConnection) {
  connections = 3;
  options.exit_on_zero_connections = true;
  options.inbound_only = false;
  make();
  ending->begin();
  EXPECT_TRUE(over());
  std::lock_guard lock(mutex);
  EXPECT_EQ(connections, 0);
  EXPECT_THAT(posted, testing::ElementsAre("/drain_listeners?graceful"));
}

TEST_F(EndingTest, OneThatDrainedEndsAtOnce) {
  options.termination_drain = 1h;
  make();
  ending->drain();
  EXPECT_EQ(overs, 0);
  ending->begin();
  EXPECT_EQ(overs, 1);
  EXPECT_THAT(posted, testing::ElementsAre("/drain_listeners?inboundonly&graceful&skip_exit"));
}

TEST_F(EndingTest, ASecondSignalEndsAtOnce) {
  options.termination_drain = 1h;
  make();
  ending->begin();
  ending->begin();
  EXPECT_EQ(overs, 1);
  ending->begin();
  EXPECT_EQ(overs, 1);
}

}  // namespace
}  // namespace amime::agent
