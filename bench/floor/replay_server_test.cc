// The floor, a swarm and a recorder together over real gRPC: what was recorded is what is replayed, in the order of its dependencies.
#include "floor/replay_server.h"

#include <gtest/gtest.h>

#include <memory>

#include "swarm/process.h"
#include "swarm/recorder.h"
#include "swarm/stream.h"
#include "swarm/test_messages.h"

namespace amime::bench {
namespace {

using namespace std::chrono_literals;

RequestCounts counts(std::initializer_list<std::pair<Type, std::pair<uint32_t, uint32_t>>> list) {
  RequestCounts out{};
  for (const auto& [type, pair] : list) out[index(type)] = {pair.first, pair.second};
  return out;
}

// A mesh of one cluster and one table with one virtual host, and one change that takes a round trip.
Recording small_recording() {
  using test::delta_response;
  const auto cluster = [](const std::string& name) { return test::Resources{{name, test::eds_cluster(name)}}; };
  const auto endpoints = [](const std::string& name) { return test::Resources{{name, test::field(1, name)}}; };
  Recording recording;
  recording.phases.push_back({{
      {counts({{Type::cds, {1, 0}}}), delta_response(Type::cds, "c1", cluster("a"))},
      {counts({{Type::eds, {1, 0}}}), delta_response(Type::eds, "e1", endpoints("a"))},
      {counts({{Type::lds, {1, 0}}}), delta_response(Type::lds, "l1", {{"l", test::listener("l", {"80"})}})},
      {counts({{Type::rds, {1, 0}}}), delta_response(Type::rds, "r1", {{"80", test::table("80", true)}})},
      {counts({{Type::vhds, {1, 0}}}), delta_response(Type::vhds, "v1", {{"80/a", test::field(1, "80/a")}})},
  }});
  recording.phases.push_back({{
      {{}, delta_response(Type::cds, "c2", cluster("new-b"))},
      {counts({{Type::cds, {0, 1}}, {Type::eds, {1, 0}}}), delta_response(Type::eds, "e2", endpoints("new-b"))},
      {counts({{Type::eds, {1, 1}}}), delta_response(Type::vhds, "v2", {{"80/b", test::field(1, "new-b")}})},
  }});
  return recording;
}

class ReplayTest : public testing::Test {
 protected:
  void connect(int count, Tally& tally, std::vector<std::unique_ptr<Stream>>& streams) {
    for (int i = 0; i < count; ++i) {
      streams.push_back(make_stream({.address = address_, .node = "node", .tally = &tally}));
      streams.back()->start();
    }
  }
  const std::string address_ = "127.0.0.1:" + std::to_string(free_port());
  const Recording recording_ = small_recording();
  std::unique_ptr<ReplayServer> server_ = start_replay_server(address_, recording_);
};

TEST_F(ReplayTest, AllStreamsGetInSyncAndFollowAChange) {
  Tally tally;
  std::vector<std::unique_ptr<Stream>> streams;
  connect(20, tally, streams);
  ASSERT_TRUE(tally.wait_synced(20, 30s)) << tally.first_error();
  const Traffic before = tally.traffic();
  EXPECT_EQ(before.messages[index(Type::cds)], 20u);
  tally.begin_change({{Type::cds, "new-b"}, {Type::eds, "new-b"}, {Type::rds, "new-b"}});
  server_->start_phase(1);
  ASSERT_TRUE(tally.wait_done(20, 30s)) << tally.first_error();
  EXPECT_EQ(tally.traffic().messages[index(Type::vhds)], 40u);
  EXPECT_EQ(tally.traffic().bytes[index(Type::cds)] - before.bytes[index(Type::cds)], 20 * recording_.phases[1].steps[0].message.size());
  for (auto& stream : streams) stream->stop();
}

TEST_F(ReplayTest, ARecordingOfAReplayIsTheSame) {
  Recorder recorder({.address = address_, .node = "node"});
  recorder.record_cold_start();
  recorder.begin_phase();
  server_->start_phase(1);
  recorder.finish_phase(3);
  const Recording again = recorder.recording();
  ASSERT_EQ(again.phases.size(), recording_.phases.size());
  for (size_t phase = 0; phase < again.phases.size(); ++phase) {
    ASSERT_EQ(again.phases[phase].steps.size(), recording_.phases[phase].steps.size()) << phase;
    for (size_t step = 0; step < again.phases[phase].steps.size(); ++step) {
      EXPECT_EQ(again.phases[phase].steps[step].message, recording_.phases[phase].steps[step].message);
      EXPECT_TRUE(covers(again.phases[phase].steps[step].needed, recording_.phases[phase].steps[step].needed)) << phase << " " << step;
    }
  }
}

TEST_F(ReplayTest, WhatAChangeHadToSendIsCounted) {
  Recorder recorder({.address = address_, .node = "node"});
  recorder.record_cold_start();
  recorder.begin_phase();
  server_->start_phase(1);
  recorder.finish_phase(3);
  const auto [sent, needed] = recorder.balance();
  EXPECT_EQ(sent, needed) << "all of it is new";
}

TEST(NeededBytes, CountWhatDiffersAndTheEndpointsOfSentClusters) {
  const test::Resources cluster = {{"a", test::eds_cluster("a")}};
  const test::Resources endpoints = {{"a", test::field(1, "a")}};
  NeededBytes bytes(Protocol::delta);
  bytes.add(test::delta_response(Type::cds, "1", cluster));
  bytes.add(test::delta_response(Type::eds, "2", endpoints));
  EXPECT_EQ(bytes.needed(), bytes.sent()) << "all of it is new";
  bytes.begin_change();
  bytes.add(test::delta_response(Type::eds, "3", endpoints));
  EXPECT_GT(bytes.sent(), 0u);
  EXPECT_EQ(bytes.needed(), 0u) << "the proxy has them";
  bytes.begin_change();
  bytes.add(test::delta_response(Type::cds, "4", cluster));
  EXPECT_EQ(bytes.needed(), 0u);
  const std::string again = test::delta_response(Type::eds, "5", endpoints);
  bytes.add(again);
  EXPECT_EQ(bytes.needed(), again.size()) << "the cluster was sent, so it waits for them";
  bytes.begin_change();
  const std::string removal = test::delta_response(Type::cds, "6", {}, {"a"});
  bytes.add(removal);
  EXPECT_EQ(bytes.needed(), removal.size());
}

TEST_F(ReplayTest, AServerThatGoesAwayIsAnError) {
  Tally tally;
  std::vector<std::unique_ptr<Stream>> streams;
  connect(1, tally, streams);
  ASSERT_TRUE(tally.wait_synced(1, 30s));
  server_.reset();
  EXPECT_FALSE(tally.wait_done(1, 30s));
  EXPECT_NE(tally.first_error(), "");
  streams[0]->stop();
}

}  // namespace
}  // namespace amime::bench
