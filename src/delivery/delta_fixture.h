// For tests of the delta protocol: a plane with one or two resources of each type.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "delivery/fakes.h"

namespace amime::delivery::testing {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using translate::Type;

inline std::string version_of(Type type, const std::string& name, const std::string& content) {
  return base::hex64(resource(type, name, content)->version);
}

inline int acked_changes(const Plane& plane) {
  const std::string text = plane.metrics.text(), name = "\namime_config_acked_seconds_count ";
  const auto at = text.find(name);
  return at == std::string::npos ? -1 : std::stoi(text.substr(at + name.size()));
}

class Delta : public ::testing::Test {
 protected:
  Delta() {
    plane.source->put(Type::kCluster, "a", "1");
    plane.source->put(Type::kCluster, "b", "1");
    plane.source->put(Type::kEndpoint, "a", "1");
    plane.source->put(Type::kEndpoint, "b", "1");
    plane.source->put(Type::kListener, "0.0.0.0_80", "1");
    plane.source->put(Type::kRoute, "80", "1");
    plane.source->put(Type::kRoute, "8080", "1");
    plane.source->put(Type::kVirtualHost, "80/x", "1");
    plane.source->put(Type::kVirtualHost, "80/y", "1");
    plane.source->put(Type::kVirtualHost, "8080/x", "1");
    plane.source->put(Type::kSecret, "kubernetes://cert", "key");
    plane.publish();
  }
  void ask(FakeProxy& proxy, Type type, const FakeProxy::Ask& ask = {}) {
    proxy.ask(type, ask);
    plane.hub.run_pending();
  }
  // As Envoy does it: all types, everything ACKed, nothing left to say.
  void start(FakeProxy& proxy) {
    ask(proxy, Type::kCluster);
    proxy.ack(proxy.expect(Type::kCluster));
    proxy.ask(Type::kEndpoint, {.subscribe = {"a", "b"}});
    proxy.ack(proxy.expect(Type::kEndpoint));
    proxy.ask(Type::kListener);
    proxy.ack(proxy.expect(Type::kListener));
    proxy.ask(Type::kRoute, {.subscribe = {"80"}});
    proxy.ack(proxy.expect(Type::kRoute));
    proxy.ask(Type::kVirtualHost);
    proxy.ack(proxy.expect(Type::kVirtualHost));
    ASSERT_TRUE(proxy.quiet());
  }
  Plane plane;
};

}  // namespace amime::delivery::testing
