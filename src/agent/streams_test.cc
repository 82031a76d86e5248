#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/control_plane_stream.h"
#include "agent/socket_server.h"

namespace amime::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Says back what it hears, once more if it is told to.
class Parrot final : public Session {
 public:
  explicit Parrot(Link& link) : link_(link) {}
  void on_message(std::string_view message) override {
    if (message == "bye") return link_.close(absl::AbortedError("as you wish"));
    link_.send(std::string(message));
    if (message == "twice") link_.send("again");
  }

 private:
  Link& link_;
};

struct Heard final : UpstreamEvents {
  void on_connected() override { ++connected; }
  void on_response(std::string_view message) override { messages.emplace_back(message); }
  void on_lost(const absl::Status& why, bool all) override {
    lost.emplace_back(why.message());
    all_lost.push_back(all);
  }
  int connected = 0;
  std::vector<std::string> messages, lost;
  std::vector<bool> all_lost;
};

// Both ends are ours: the server for Envoy, and the client for control planes.
class Streams : public testing::Test {
 protected:
  ~Streams() override {
    stream.reset();
    server.reset();
    fs::remove_all(dir);
  }
  void serve() {
    auto started =
        SocketServer::start({dir + "/a", dir + "/b"}, loop, [this](std::string_view method, Link& link) -> std::unique_ptr<Session> {
          methods.emplace_back(method);
          return std::make_unique<Parrot>(link);
        });
    ASSERT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
  }
  void connect_to(const std::vector<std::string>& names) {
    ControlPlaneOptions options;
    for (const auto& name : names) options.remotes.push_back({.address = "unix:" + dir + "/" + name, .plaintext = true});
    options.proof = [this] {
      ++attempts;
      return Proof{};
    };
    options.may_try = [this] { return allowed; };
    options.first_wait = options.longest_wait = 10ms;
    stream = make_control_plane_stream(loop, std::move(options));
    stream->start(heard);
  }
  bool eventually(const std::function<bool()>& condition) { return loop.run_until(condition, 10s); }

  const std::string dir = fs::temp_directory_path() / ("amime-streams-" + std::to_string(getpid()));
  Loop loop;
  Heard heard;
  bool allowed = true;
  int attempts = 0;  // each shows a proof
  std::vector<std::string> methods;
  std::unique_ptr<SocketServer> server;
  std::unique_ptr<Upstream> stream;
};

TEST_F(Streams, CarryMessagesInOrder) {
  serve();
  connect_to({"b"});
  ASSERT_TRUE(eventually([&] { return heard.connected == 1; }));
  for (const char* text : {"one", "twice", "", "three"}) stream->send(text);
  ASSERT_TRUE(eventually([&] { return heard.messages.size() == 5; }));
  EXPECT_THAT(heard.messages, ElementsAre("one", "twice", "again", "", "three"));
  EXPECT_THAT(methods, ElementsAre("/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"));
  EXPECT_EQ(fs::status(dir + "/a").permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
}

TEST_F(Streams, TheNextAddressIsTriedAndAfterALossAllAgain) {
  serve();
  connect_to({"nobody", "a"});
  ASSERT_TRUE(eventually([&] { return heard.connected == 1; }));
  ASSERT_THAT(heard.lost, testing::SizeIs(1));
  EXPECT_THAT(heard.lost[0], HasSubstr("/nobody: "));
  EXPECT_FALSE(heard.all_lost[0]);
  stream->send("bye");
  ASSERT_TRUE(eventually([&] { return heard.lost.size() >= 2; }));
  EXPECT_THAT(heard.lost[1], HasSubstr("as you wish"));
  EXPECT_TRUE(eventually([&] { return heard.connected == 2; }));
}

TEST_F(Streams, AServerThatComesLaterIsFound) {
  connect_to({"a"});
  ASSERT_TRUE(eventually([&] { return heard.lost.size() >= 2; }));
  EXPECT_TRUE(heard.all_lost[0]);
  serve();
  EXPECT_TRUE(eventually([&] { return heard.connected == 1; }));
}

TEST_F(Streams, NoAttemptWithoutAProof) {
  serve();
  allowed = false;
  connect_to({"a"});
  EXPECT_FALSE(loop.run_until([&] { return attempts > 0; }, 60ms));
  allowed = true;
  EXPECT_TRUE(eventually([&] { return heard.connected == 1; }));
}

TEST_F(Streams, AfterStopNothingIsHeard) {
  serve();
  connect_to({"a"});
  ASSERT_TRUE(eventually([&] { return heard.connected == 1; }));
  stream->send("one");
  stream->stop();
  EXPECT_FALSE(loop.run_until([&] { return !heard.messages.empty() || !heard.lost.empty(); }, 60ms));
}

TEST_F(Streams, ASocketThatWasLeftBehindIsNotAlive) {
  serve();
  EXPECT_TRUE(is_alive_socket(dir + "/a"));
  EXPECT_FALSE(is_alive_socket(dir + "/nobody"));
  fs::rename(dir + "/a", dir + "/moved");
  server.reset();
  EXPECT_TRUE(fs::exists(dir + "/moved"));
  EXPECT_FALSE(is_alive_socket(dir + "/moved"));
}

TEST_F(Streams, SaysWhyThereIsNoPlaceForASocket) {
  const auto started = SocketServer::start({dir + "/" + std::string(200, 'x')}, loop, nullptr);
  EXPECT_THAT(std::string(started.status().message()), HasSubstr("too long"));
}

}  // namespace
}  // namespace amime::agent
