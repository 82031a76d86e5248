// ECDS: what filters ask for by name. Never taken away from a proxy that asks for it.
#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

class Extensions : public Delta {
 protected:
  Extensions() {
    plane.source->put(Type::kExtension, "plugin", "1");
    plane.source->put(Type::kExtension, "other", "1");
    plane.publish();
  }
};

TEST_F(Extensions, AreSentToWhoAsksAndChangedOnTheirOwn) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kExtension, {.subscribe = {"plugin"}});
  const Response first = proxy.expect(Type::kExtension);
  EXPECT_THAT(first.resources, ElementsAre(Pair("plugin", "1")));
  EXPECT_EQ(first.type_url, "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig");
  proxy.ack(first);
  plane.source->put(Type::kExtension, "plugin", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kExtension).resources, ElementsAre(Pair("plugin", "2")));
  EXPECT_TRUE(proxy.quiet()) << "no listener changes with it";
}

TEST_F(Extensions, StayUntilTheProxyLetsGo) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kExtension, {.subscribe = {"plugin", "other"}});
  proxy.ack(proxy.expect(Type::kExtension));
  plane.source->remove(Type::kExtension, "plugin");
  plane.source->put(Type::kListener, "0.0.0.0_80", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kListener).resources, ElementsAre(Pair("0.0.0.0_80", "2")));
  EXPECT_TRUE(proxy.quiet()) << "a listener that drains uses it still";
  plane.source->put(Type::kExtension, "other", "2");
  plane.publish();
  const Response changed = proxy.expect(Type::kExtension);
  EXPECT_THAT(changed.resources, ElementsAre(Pair("other", "2")));
  EXPECT_THAT(changed.removed, IsEmpty());
  proxy.ack(changed);
  proxy.ask(Type::kExtension, {.unsubscribe = {"plugin"}, .nonce = changed.nonce});
  EXPECT_TRUE(proxy.quiet());
  proxy.ask(Type::kExtension, {.subscribe = {"plugin"}});
  const Response again = proxy.expect(Type::kExtension);
  EXPECT_THAT(again.resources, IsEmpty()) << "gone by now";
  EXPECT_THAT(again.removed, IsEmpty()) << "and its filter waits until there is one";
  plane.source->put(Type::kExtension, "plugin", "3");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kExtension).resources, ElementsAre(Pair("plugin", "3")));
}

TEST_F(Extensions, OfAProxyThatComesBackStayToo) {
  FakeProxy proxy(plane, Protocol::kDelta);
  start(proxy);
  proxy.ask(Type::kExtension,
            {.subscribe = {"plugin", "gone"}, .initial = {{"plugin", version_of(Type::kExtension, "plugin", "1")}, {"gone", "x"}}});
  const Response response = proxy.expect(Type::kExtension);
  EXPECT_THAT(response.resources, IsEmpty());
  EXPECT_THAT(response.removed, IsEmpty());
}

TEST_F(Extensions, ReachStateOfTheWorldProxiesAsWell) {
  FakeProxy proxy(plane, Protocol::kSotw);
  ask(proxy, Type::kCluster);
  proxy.ack(proxy.expect(Type::kCluster));
  proxy.ask(Type::kExtension, {.subscribe = {"plugin"}});
  const Response first = proxy.expect(Type::kExtension);
  EXPECT_THAT(first.resources, ElementsAre(Pair("plugin", "1")));
  proxy.ack(first, {"plugin"});
  plane.source->remove(Type::kExtension, "plugin");
  plane.publish();
  EXPECT_TRUE(proxy.quiet());
  plane.source->put(Type::kExtension, "plugin", "2");
  plane.publish();
  EXPECT_THAT(proxy.expect(Type::kExtension).resources, ElementsAre(Pair("plugin", "2")));
}

}  // namespace
}  // namespace amime::delivery::testing
