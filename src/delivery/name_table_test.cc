// NDS: the name table of a proxy's agent. One resource without a name, for whoever asks; it follows what it leads to.
#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

class NameTables : public Delta {
 protected:
  NameTables() {
    plane.source->put(Type::kNameTable, "", "1");
    plane.publish();
  }
  void start_with_names(FakeProxy& proxy) {
    start(proxy);
    ask(proxy, Type::kNameTable);
    proxy.ack(proxy.expect(Type::kNameTable));
    ASSERT_TRUE(proxy.quiet());
  }
};

TEST_F(NameTables, AreSentToWhoAsks) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  ask(proxy, Type::kNameTable);
  const Response table = proxy.expect(Type::kNameTable);
  EXPECT_EQ(table.type_url, "type.googleapis.com/istio.networking.nds.v1.NameTable");
  EXPECT_THAT(table.resources, ElementsAre(Pair("", "1")));
  proxy.ack(table);
  plane.source->put(Type::kNameTable, "", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kNameTable).resources, ElementsAre(Pair("", "2")));
}

TEST_F(NameTables, InStateOfTheWorldToo) {
  FakeProxy proxy(plane, Protocol::kSotw);
  ask(proxy, Type::kCluster);
  proxy.ack(proxy.expect(Type::kCluster));
  ask(proxy, Type::kNameTable);
  EXPECT_THAT(proxy.expect(Type::kNameTable).resources, ElementsAre(Pair("", "1")));
}

// Its tables are not made for a proxy that did not say that it captures DNS: it attaches again, and misses nothing.
TEST_F(NameTables, WhoeverAsksWithoutCapturingDnsIsOneOfThemFromThenOn) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  EXPECT_FALSE(proxy.stream->proxy()->asks_names);
  proxy.ask(Type::kNameTable);
  EXPECT_TRUE(proxy.quiet()) << "not yet known what it is to have";
  plane.source->put(Type::kCluster, "a", "2");
  plane.publish();
  EXPECT_TRUE(proxy.stream->proxy()->asks_names);
  EXPECT_EQ(plane.source->scopes(), 1u);
  const Response clusters = proxy.expect(Type::kCluster);
  EXPECT_THAT(clusters.resources, ElementsAre(Pair("a", "2")));
  EXPECT_THAT(proxy.expect(Type::kEndpoint).resources, ElementsAre(Key("a")));
  EXPECT_THAT(proxy.expect(Type::kNameTable).resources, ElementsAre(Pair("", "1")));
}

TEST_F(NameTables, AreAskedForByOneThatSaysSo) {
  FakeProxy proxy(plane, Protocol::kDelta);
  proxy.send(delta_request(Type::kCluster, {}, FakeProxy::node("sidecar~10.0.0.1~pod.default~d", {{"DNS_CAPTURE", "true"}})));
  EXPECT_TRUE(proxy.stream->proxy()->dns_capture);
  EXPECT_TRUE(proxy.stream->proxy()->asks_names);
}

// An allocated address without its listener leads nowhere.
TEST_F(NameTables, ANameFollowsTheListenerThatItLeadsTo) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start_with_names(proxy);
  plane.source->put(Type::kListener, "240.240.0.1_3306", "1");
  plane.source->put(Type::kNameTable, "", "2");
  plane.publish();
  const Response listener = proxy.expect(Type::kListener);
  EXPECT_TRUE(proxy.quiet());
  proxy.ack(listener);
  EXPECT_THAT(proxy.expect(Type::kNameTable).resources, ElementsAre(Pair("", "2")));
}

TEST_F(NameTables, ARefusedListenerHoldsNoNamesBack) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start_with_names(proxy);
  plane.source->put(Type::kListener, "240.240.0.1_3306", "1");
  plane.source->put(Type::kNameTable, "", "2");
  plane.publish();
  proxy.nack(proxy.expect(Type::kListener), "no");
  EXPECT_THAT(proxy.expect(Type::kNameTable).resources, ElementsAre(Pair("", "2")));
}

}  // namespace
}  // namespace amime::delivery::testing
