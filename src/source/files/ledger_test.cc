#include "source/files/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "extensions/v1alpha1/wasm.pb.h"
#include "source/testing.h"

namespace amime::source::files {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string service(const std::string& name, int port = 80) {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {ports: [{port: " + std::to_string(port) + "}]}\n---\n";
}
const char kBadService[] = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: x}]}\n";

class LedgerTest : public testing::Test {
 protected:
  void update(const std::string& file, const std::string& text) { ledger.update(file, parse_documents(text, file), now); }
  // "+name" came or changed, "-name" is gone.
  std::vector<std::string> take(milliseconds later = milliseconds(0), bool all = false) {
    now += later;
    std::vector<std::string> out;
    for (const auto& change : ledger.take(now, all)) out.push_back((change.object ? "+" : "-") + change.key.name);
    return out;
  }
  SourceStatus status() {
    SourceStatus out;
    ledger.fill(out);
    return out;
  }
  void services(int from, int to) {
    for (int i = from; i < to; ++i) update("f" + std::to_string(100 + i), service("s" + std::to_string(100 + i)));
  }

  Ledger ledger{LedgerOptions()};
  Ledger::Time now{};
};

TEST_F(LedgerTest, EqualObjectsAreNoChange) {
  update("f", service("a"));
  EXPECT_THAT(take(), ElementsAre("+a"));
  update("f", "# comment\n" + service("a"));
  EXPECT_THAT(take(), IsEmpty());
  update("f", service("a", 81));
  EXPECT_THAT(take(), ElementsAre("+a"));
}

TEST_F(LedgerTest, ABadVersionKeepsTheLastGoodOne) {
  update("f", service("a") + service("b"));
  take();
  update("f", std::string(kBadService) + "---\n" + service("b", 90));
  EXPECT_THAT(take(), ElementsAre("+b"));
  EXPECT_THAT(status().held, SizeIs(1));
  EXPECT_THAT(ledger.to_record(), SizeIs(1));
  EXPECT_THAT(ledger.to_record()[0].json, HasSubstr("\"port\":80"));
  update("f", service("a", 99) + service("b", 90));
  EXPECT_THAT(take(), ElementsAre("+a"));
  EXPECT_THAT(ledger.to_record(), IsEmpty());
}

TEST_F(LedgerTest, ABadObjectWithoutAGoodVersionIsNotInForce) {
  update("f", kBadService);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(status().problems, Not(IsEmpty()));
  EXPECT_THAT(status().held, IsEmpty());
  update("f", service("a"));
  EXPECT_THAT(take(), ElementsAre("+a"));
}

TEST_F(LedgerTest, APluginThatJudgesRequestsIsStoodInForUntilItIsGood) {
  const auto plugin = [](const char* spec) { return istio_object("WasmPlugin", spec); };
  const auto refused = [&] {
    const auto changes = ledger.take(now);
    return changes.size() == 1 && changes[0].object && changes[0].object->spec<istio::extensions::v1alpha1::WasmPlugin>().url().empty();
  };
  update("f", plugin("{phase: AUTHZ}"));
  EXPECT_TRUE(refused());
  EXPECT_THAT(ledger.all_good(), IsEmpty());
  EXPECT_THAT(ledger.to_record(), IsEmpty());
  EXPECT_THAT(status().held, IsEmpty());
  update("f", plugin("{phase: AUTHZ, selector: {matchLabels: {app: a}}}"));
  EXPECT_TRUE(refused()) << "another bad version, for others";
  update("f", plugin("{phase: AUTHZ, url: 'file:///a'}"));
  EXPECT_FALSE(refused());
  update("f", plugin("{phase: AUTHZ}"));
  EXPECT_THAT(take(), IsEmpty()) << "the last good version is better";
  EXPECT_THAT(status().held, SizeIs(1));
  update("f", "");
  EXPECT_THAT(take(milliseconds(1000), true), IsEmpty()) << "all of it at once is a loss";
}

TEST_F(LedgerTest, AFileThatCannotBeParsedKeepsAllItHad) {
  update("f", service("a") + service("b"));
  update("g", service("c"));
  take();
  update("f", "a: [");
  EXPECT_THAT(take(milliseconds(10000)), IsEmpty());
  EXPECT_THAT(status().held, SizeIs(2));
  update("f", service("b") + "a: [");
  EXPECT_THAT(status().held, SizeIs(1));
  ledger.unreadable("f", "Permission denied", now);
  EXPECT_THAT(take(milliseconds(10000)), IsEmpty());
  EXPECT_THAT(status().held, SizeIs(2));
  ledger.remove("f", now);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(take(milliseconds(200)), ElementsAre("-a", "-b"));
}

TEST_F(LedgerTest, DeletionSettles) {
  update("f", service("a"));
  update("g", service("b"));
  take();
  ledger.remove("f", now);
  EXPECT_THAT(take(milliseconds(199)), IsEmpty());
  ASSERT_TRUE(ledger.deadline());
  EXPECT_EQ(*ledger.deadline() - now, milliseconds(1));
  EXPECT_THAT(take(milliseconds(1)), ElementsAre("-a"));
  EXPECT_FALSE(ledger.deadline());
}

TEST_F(LedgerTest, UnlinkAndCreateIsNoDeletion) {
  update("f", service("a"));
  update("g", service("b"));
  take();
  ledger.remove("f", now);
  take(milliseconds(100));
  update("f", service("a"));
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
  update("f", "");  // truncated, to be written again
  take(milliseconds(100));
  update("f", service("a", 81));
  EXPECT_THAT(take(), ElementsAre("+a"));
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
}

TEST_F(LedgerTest, AnObjectMovesBetweenFiles) {
  update("f", service("a") + service("b"));
  take();
  update("f", service("b") + service("n"));
  EXPECT_THAT(take(milliseconds(10)), ElementsAre("+n"));
  update("g", service("a"));
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
  update("g", service("z"));
  EXPECT_THAT(take(milliseconds(50)), ElementsAre("-a", "+z"));
}

TEST_F(LedgerTest, TheFirstFileByNameWins) {
  update("b", service("a", 2));
  EXPECT_THAT(take(), ElementsAre("+a"));
  update("a", service("a", 1));
  EXPECT_THAT(take(), ElementsAre("+a"));
  ASSERT_THAT(status().problems, SizeIs(1));
  EXPECT_EQ(to_string(status().problems[0]),
            "b:1: Service default/a: is also defined in a:1, which is in force, being the first file by name");
  update("c", service("a", 3));
  EXPECT_THAT(take(), IsEmpty());
  ledger.remove("a", now);
  EXPECT_THAT(take(), ElementsAre("+a"));
  update("d", service("x") + service("x", 9));
  EXPECT_THAT(take(), ElementsAre("+x"));
  EXPECT_THAT(status().problems, SizeIs(2));
}

TEST_F(LedgerTest, LosingMoreThanHalfOfTwentyIsNotBelieved) {
  services(0, 21);
  take();
  for (int i = 0; i < 11; ++i) {
    ledger.remove("f" + std::to_string(100 + i), now);
    EXPECT_THAT(take(milliseconds(20)), IsEmpty());
  }
  EXPECT_THAT(take(milliseconds(5000)), IsEmpty());
  EXPECT_THAT(status().lost, HasSubstr("11 of 21 objects vanished"));
  EXPECT_FALSE(status().ready());
  EXPECT_THAT(status().held, SizeIs(11));
  EXPECT_THAT(ledger.to_record(), SizeIs(11));
  update("f100", service("s100"));
  EXPECT_THAT(take(), SizeIs(10)) << "half of them is believed";
  EXPECT_EQ(status().lost, "");
}

TEST_F(LedgerTest, LosingHalfIsBelieved) {
  services(0, 20);
  take();
  for (int i = 0; i < 10; ++i) ledger.remove("f" + std::to_string(100 + i), now);
  EXPECT_THAT(take(milliseconds(200)), SizeIs(10));
}

TEST_F(LedgerTest, LosingEverythingIsNeverBelieved) {
  update("f", service("a"));
  take();
  ledger.remove("f", now);
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
  EXPECT_THAT(status().lost, HasSubstr("1 of 1"));
}

TEST_F(LedgerTest, AllowEmptyBelievesIt) {
  LedgerOptions options;
  options.allow_empty = true;
  ledger = Ledger(options);
  services(0, 30);
  take();
  for (int i = 0; i < 30; ++i) ledger.remove("f" + std::to_string(100 + i), now);
  EXPECT_THAT(take(milliseconds(200)), SizeIs(30));
}

TEST_F(LedgerTest, AFileCutShortIsALossButOneRewrittenIsNot) {
  std::string all, few;
  for (int i = 0; i < 30; ++i) all += service("s" + std::to_string(i));
  for (int i = 0; i < 5; ++i) few += service("s" + std::to_string(i));
  update("f", all);
  take();
  update("f", few);
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
  EXPECT_THAT(status().lost, HasSubstr("25 of 30"));
  update("f", all);
  EXPECT_THAT(take(milliseconds(1000)), IsEmpty());
  EXPECT_EQ(status().lost, "");
  update("f", few + service("other"));
  EXPECT_THAT(take(), ElementsAre("+other"));
  EXPECT_THAT(take(milliseconds(50)), SizeIs(25));
}

TEST_F(LedgerTest, NothingIsDroppedWhileTheDirectoryIsAway) {
  services(0, 3);
  take();
  ledger.remove("f100", now);
  ledger.directory_lost("No such file");
  EXPECT_THAT(take(milliseconds(5000)), IsEmpty());
  EXPECT_EQ(status().lost, "No such file");
  EXPECT_THAT(ledger.to_record(), SizeIs(3));
  ledger.directory_lost("");
  EXPECT_THAT(take(), ElementsAre("-s100"));
  EXPECT_TRUE(ledger.to_record().empty());
}

TEST_F(LedgerTest, RestoresWhatWasHeld) {
  const auto parsed = parse_documents(service("a", 7), "f");
  const LastGoodRecord record{parsed.objects[0].key, *parsed.objects[0].json, "f", 1};
  ledger.restore(record, parsed.objects[0].object, now);
  update("f", kBadService);
  update("g", service("b"));
  EXPECT_THAT(take({}, true), ElementsAre("+a", "+b"));
  EXPECT_THAT(status().held, SizeIs(1));
  EXPECT_THAT(ledger.to_record(), ElementsAre(record));
}

TEST_F(LedgerTest, ARestoredObjectThatIsGoodAgainOrGoneIsForgotten) {
  for (const char* name : {"a", "b"}) {
    const auto parsed = parse_documents(service(name, 7), name);
    ledger.restore({parsed.objects[0].key, *parsed.objects[0].json, name, 1}, parsed.objects[0].object, now);
  }
  update("a", service("a", 8));
  EXPECT_THAT(take({}, true), ElementsAre("+a"));
  EXPECT_THAT(ledger.to_record(), IsEmpty());
  EXPECT_EQ(status().lost, "");
}

TEST_F(LedgerTest, ARestartWithAnEmptyDirectoryIsStillALoss) {
  const auto parsed = parse_documents(service("a", 7), "f");
  ledger.restore({parsed.objects[0].key, *parsed.objects[0].json, "f", 1}, parsed.objects[0].object, now);
  EXPECT_THAT(take({}, true), ElementsAre("+a"));
  EXPECT_THAT(status().lost, HasSubstr("1 of 1"));
}

TEST_F(LedgerTest, SecretsAreHeldButNeverRecorded) {
  update("f", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n");
  take();
  update("f", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: [a]\n");
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(status().held, SizeIs(1));
  EXPECT_THAT(ledger.to_record(), IsEmpty());
}

TEST_F(LedgerTest, WhatStandsInForABadSecurityPolicyDenies) {
  update("f", istio_object("AuthorizationPolicy", "{action: MAYBE}"));
  EXPECT_THAT(take(), ElementsAre("+x"));
  EXPECT_THAT(status().blocking, IsEmpty());
  EXPECT_EQ(status().errors(), 1u);
  update("f", istio_object("AuthorizationPolicy", "{action: DENY, rules: [{to: [{operation: {paths: [/a]}}]}]}"));
  EXPECT_THAT(take(), ElementsAre("+x"));
  EXPECT_THAT(status().blocking, IsEmpty());
  update("f", istio_object("AuthorizationPolicy", "{action: MAYBE}"));
  take();
  EXPECT_THAT(status().blocking, IsEmpty()) << "the last good one is in force";
}

TEST_F(LedgerTest, AnUnreadableDocumentThatMayBeAPolicyBlocks) {
  update("f", service("a") + "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: [\n");
  take();
  EXPECT_THAT(status().blocking, SizeIs(1));
  update("f", service("a") + istio_object("PeerAuthentication", "{mtls: {mode: STRICT}}"));
  take();
  EXPECT_THAT(status().blocking, IsEmpty());
  update("f", service("a") + "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nspec: [\n");
  take();
  EXPECT_THAT(status().blocking, IsEmpty());
}

TEST_F(LedgerTest, SaysHowItDiffersFromWhatAProcessBeforeHad) {
  update("f", service("a") + service("b") + service("gone"));
  take();
  Ledger next{LedgerOptions()};
  next.spare(ledger.all_good(), {});
  next.update("f", parse_documents(service("a") + service("b", 81) + service("new"), "f"), now);
  std::vector<std::string> before;
  for (const auto& change : next.before()) before.push_back((change.object ? "had " : "had no ") + change.key.name);
  EXPECT_THAT(before, testing::UnorderedElementsAre("had b", "had gone", "had no new"));
  next.take(now, true);
  EXPECT_THAT(next.before(), IsEmpty());
}

TEST_F(LedgerTest, WithoutAProcessBeforeNothingDiffers) {
  update("f", service("a"));
  EXPECT_THAT(ledger.before(), IsEmpty());
}

}  // namespace
}  // namespace amime::source::files
