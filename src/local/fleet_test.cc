#include "local/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/stat.h>
#include <fstream>
#include <thread>

#include "base/http_client.h"

namespace amime::local {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

// A script that stands for a program.
std::string script_file(const std::string& name, const std::string& script) {
  const std::string path = testing::TempDir() + "amime-fleet-test-" + name + "-" + std::to_string(getpid());
  std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
  chmod(path.c_str(), 0755);
  return path;
}

Workload workload(AddressPlan& plan, const std::string& name, std::vector<LocalPort> ports, std::string command = "") {
  Workload out;
  out.ns = "default";
  out.name = out.owner = name;
  out.labels = {{"app", "app-" + name}, {"version", "v7"}};
  out.ports = std::move(ports);
  out.command = std::move(command);
  out.addresses = plan.of(out.key());
  return out;
}

struct FleetTest : testing::Test {
  absl::StatusOr<AddressBlock> block = AddressBlock::take(180);
  AddressPlan plan{block->number()};
  std::vector<std::string> output;
  Fleet fleet{{.envoy = script_file("envoy", "exec sleep 600"),
               .xds_port = 1,
               .keeper = script_file("keeper", "shift 3; exec \"$@\""),
               .on_output = [this](const auto& w, const auto& line) { output.push_back(w + "|" + line); }}};

  // Turns until `condition`, at most 10 s; returns all sentences.
  std::vector<std::string> turns_until(const std::function<bool()>& condition) {
    std::vector<std::string> all;
    const auto end = std::chrono::steady_clock::now() + 10s;
    do {
      auto more = fleet.turn();
      all.insert(all.end(), more.begin(), more.end());
      std::this_thread::yield();
    } while (!condition() && std::chrono::steady_clock::now() < end);
    EXPECT_TRUE(condition());
    return all;
  }
};

TEST_F(FleetTest, EchoStandsForTheImageAndGoesWithTheWorkload) {
  const auto one = workload(plan, "one", {{39080, 39080, PortKind::kHttp, "http"}});
  ASSERT_TRUE(fleet.reconcile({one}).ok());
  base::HttpClient client(one.addresses.app + ":39080");
  auto answer = client.get("/");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->body, HasSubstr("\"name\":\"app-one\",\"version\":\"v7\""));
  EXPECT_THAT(fleet.unready(), IsEmpty());
  ASSERT_TRUE(fleet.reconcile({}).ok());
  EXPECT_FALSE(client.get("/").ok());
}

TEST_F(FleetTest, CommandsHaveTheirEnvironmentAndOutput) {
  const auto job = workload(plan, "job", {{80, 10080, PortKind::kHttp, "http"}},
                            "echo $AMIME_APP_ADDRESS $AMIME_PORT $AMIME_PORT_80 $http_proxy; exec sleep 600");
  ASSERT_TRUE(fleet.reconcile({job}).ok());
  EXPECT_THAT(turns_until([&] { return !output.empty(); }), IsEmpty());
  EXPECT_THAT(output, ElementsAre("default/job|" + job.addresses.app + " 10080 10080 http://" + job.addresses.bind + ":15080"));
}

TEST_F(FleetTest, ACommandThatDiesIsSaidInASentence) {
  const auto bad = workload(plan, "bad", {{80, 10080, PortKind::kHttp, "http"}}, "echo no database >&2; exit 3");
  ASSERT_TRUE(fleet.reconcile({bad}).ok());
  const auto sentences = turns_until([&] { return !fleet.unready().empty(); });
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_THAT(sentences[0], HasSubstr("the command of default/bad (echo no database >&2; exit 3) exited with status 3: no database"));
  EXPECT_THAT(fleet.unready(), ElementsAre("default/bad"));
}

TEST_F(FleetTest, AnEnvoyThatDiesIsStartedAgain) {
  Fleet dying({.envoy = script_file("dying", "echo cannot bind; exit 1"), .xds_port = 1});
  ASSERT_TRUE(dying.reconcile({workload(plan, "one", {})}).ok());
  std::vector<std::string> sentences;
  for (const auto end = std::chrono::steady_clock::now() + 10s; sentences.size() < 2 && std::chrono::steady_clock::now() < end;
       std::this_thread::yield())
    for (auto& sentence : dying.turn()) sentences.push_back(sentence);
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_THAT(sentences[1], HasSubstr("the Envoy of default/one exited with status 1: cannot bind; it is started again"));
}

TEST_F(FleetTest, ChangedLabelsRestart) {
  auto one = workload(plan, "one", {{39080, 39080, PortKind::kHttp, "http"}});
  ASSERT_TRUE(fleet.reconcile({one}).ok());
  one.labels["version"] = "v8";
  ASSERT_TRUE(fleet.reconcile({one}).ok());
  EXPECT_THAT(base::HttpClient(one.addresses.app + ":39080").get("/")->body, HasSubstr("\"v8\""));
}

TEST_F(FleetTest, PortsInUseNameTheWorkload) {
  const auto one = workload(plan, "one", {{39080, 39080, PortKind::kHttp, "http"}});
  EchoServer other(1);
  ASSERT_TRUE(other.listen(one.addresses.app + ":39080", EchoKind::kHttp, std::make_shared<EchoApp>(EchoIdentity{})).ok());
  const auto status = fleet.reconcile({one});
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("default/one: " + one.addresses.app + ":39080 is already in use"));
}

TEST(Fleet, CallsGoThroughTheWorkloadsOwnEnvoy) {
  AddressPlan plan(77);
  auto one = workload(plan, "one", {});
  one.calls = "http://reviews:9080/r http://web/";
  const auto calls = echo_identity(one).calls;
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].connect, "127.77.2.1:9080");
  EXPECT_EQ(calls[1].connect, "127.77.2.1:10080");
}

TEST(Fleet, Places) {
  AddressPlan plan(77);
  EXPECT_THAT(
      places_of(workload(plan, "one", {{80, 10080, PortKind::kHttp, "http"}}), {9080}),
      testing::UnorderedElementsAre(std::pair("127.77.1.1", 15000u), std::pair("127.77.1.1", 15020u), std::pair("127.77.1.1", 15021u),
                                    std::pair("127.77.1.1", 10080u), std::pair("127.77.3.1", 10080u), std::pair("127.77.2.1", 15080u),
                                    std::pair("127.77.2.1", 9080u)));
}

}  // namespace
}  // namespace amime::local
