#include "swarm/player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "swarm/test_messages.h"

namespace amime::bench {
namespace {

using test::Resources;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Feeds a player and writes its requests as words: "eds+a+b-c" for subscriptions, "ack cds n1" for answers.
class Script {
 public:
  explicit Script(Protocol protocol) : protocol_(protocol), player_(protocol, "node") {}
  Player& player() { return player_; }
  std::vector<std::string> delta(Type type, const Resources& resources, const std::vector<std::string>& removed = {}) {
    return play(test::delta_response(type, "n", resources, removed));
  }
  std::vector<std::string> sotw(Type type, const std::string& version, const Resources& resources) {
    return play(test::sotw_response(type, version, "n" + version, resources));
  }

 private:
  std::vector<std::string> play(const std::string& message) {
    std::vector<std::string> words;
    for (const Request& request : player_.on_response(*parse_response(protocol_, message))) words.push_back(word(request));
    return words;
  }
  static std::string word(const Request& request) {
    std::string out(type_name(request.type));
    for (const auto& name : request.subscribe) out += "+" + name;
    for (const auto& name : request.unsubscribe) out += "-" + name;
    if (!request.nonce.empty()) out += " ack";
    if (!request.version.empty()) out += " " + request.version;
    return out;
  }
  const Protocol protocol_;
  Player player_;
};

Resources clusters(const std::vector<std::string>& names) {
  Resources out;
  for (const auto& name : names) out.emplace_back(name, test::eds_cluster(name));
  return out;
}
Resources endpoints(const std::vector<std::string>& names) {
  Resources out;
  for (const auto& name : names) out.emplace_back(name, test::field(1, name));
  return out;
}

TEST(Player, StartsWithClustersAndItsNode) {
  Player player(Protocol::delta, "node");
  const Request first = player.first();
  EXPECT_EQ(first.type, Type::cds);
  EXPECT_EQ(first.node, "node");
}

TEST(Player, AsksInEnvoysOrder) {
  Script script(Protocol::delta);
  script.player().first();
  EXPECT_THAT(script.delta(Type::cds, clusters({"a", "b"})), ElementsAre("eds+a+b", "cds ack"));
  EXPECT_THAT(script.delta(Type::eds, endpoints({"a"})), ElementsAre("eds ack"));
  EXPECT_THAT(script.delta(Type::eds, endpoints({"b"})), ElementsAre("eds ack", "lds")) << "listeners only when all clusters are warm";
  EXPECT_THAT(script.delta(Type::lds, {{"l", test::listener("l", {"80"})}}), ElementsAre("rds+80", "lds ack"));
  EXPECT_FALSE(script.player().synced());
  EXPECT_THAT(script.delta(Type::rds, {{"80", test::table("80", true)}}), ElementsAre("vhds", "rds ack"));
  EXPECT_FALSE(script.player().synced()) << "the table is cold";
  EXPECT_THAT(script.delta(Type::vhds, {{"80/a", test::field(1, "80/a")}}), ElementsAre("vhds ack"));
  EXPECT_TRUE(script.player().synced());
}

TEST(Player, AnEmptyTableIsWarmedByARemoval) {
  Script script(Protocol::delta);
  script.player().first();
  script.delta(Type::cds, {{"s", test::static_cluster("s")}});
  script.delta(Type::lds, {{"l", test::listener("l", {"80", "81"})}});
  EXPECT_THAT(script.delta(Type::rds, {{"80", test::table("80", true)}, {"81", test::table("81", true)}}), ElementsAre("vhds", "rds ack"));
  script.delta(Type::vhds, {{"80/a", test::field(1, "80/a")}});
  EXPECT_FALSE(script.player().synced());
  script.delta(Type::vhds, {}, {"81/-"});
  EXPECT_TRUE(script.player().synced());
}

TEST(Player, WithoutEndpointsToAwaitAsksForListenersAtOnce) {
  Script script(Protocol::delta);
  script.player().first();
  EXPECT_THAT(script.delta(Type::cds, {{"s", test::static_cluster("s")}}), ElementsAre("cds ack", "lds"));
}

TEST(Player, FollowsAddedAndRemovedClusters) {
  Script script(Protocol::delta);
  script.player().first();
  script.delta(Type::cds, clusters({"a", "b"}));
  script.delta(Type::eds, endpoints({"a", "b"}));
  EXPECT_THAT(script.delta(Type::cds, clusters({"a", "c"}), {"b"}), ElementsAre("eds+c-b", "cds ack"));
  EXPECT_THAT(script.delta(Type::cds, clusters({"a"})), ElementsAre("cds ack")) << "a changed cluster is not subscribed again";
  EXPECT_THAT(script.delta(Type::cds, {}, {"unknown"}), ElementsAre("cds ack"));
}

TEST(Player, ARemovedClusterIsNotAwaited) {
  Script script(Protocol::delta);
  script.player().first();
  script.delta(Type::cds, clusters({"a", "b"}));
  script.delta(Type::eds, endpoints({"a"}));
  EXPECT_THAT(script.delta(Type::cds, {}, {"b"}), ElementsAre("eds-b", "cds ack", "lds"));
}

TEST(Player, StateOfTheWorldRepeatsAllNamesAfterEveryPush) {
  Script script(Protocol::sotw);
  script.player().first();
  EXPECT_THAT(script.sotw(Type::cds, "1", clusters({"b", "a"})), ElementsAre("eds+a+b", "cds ack 1"));
  EXPECT_THAT(script.sotw(Type::eds, "2", endpoints({"a", "b"})), ElementsAre("eds+a+b ack 2", "lds"));
  EXPECT_THAT(script.sotw(Type::lds, "3", {{"l", test::listener("l", {"80"})}}), ElementsAre("rds+80", "lds ack 3"));
  EXPECT_THAT(script.sotw(Type::rds, "4", {{"80", test::table("80", false)}}), ElementsAre("rds+80 ack 4"));
  EXPECT_TRUE(script.player().synced());
  EXPECT_THAT(script.sotw(Type::cds, "5", clusters({"a", "c"})), ElementsAre("eds+a+c ack 2", "cds ack 5"));
}

TEST(NameSet, InsertsErasesAndMerges) {
  NameSet names;
  EXPECT_TRUE(names.insert("a"));
  EXPECT_FALSE(names.insert("a"));
  names.merge({"a", "b", "c"});
  EXPECT_EQ(names.size(), 3u);
  EXPECT_TRUE(names.erase("b"));
  EXPECT_FALSE(names.erase("b"));
  EXPECT_EQ(names.size(), 2u);
}

}  // namespace
}  // namespace amime::bench
