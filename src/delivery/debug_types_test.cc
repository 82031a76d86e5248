#include "delivery/debug_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delivery/fakes.h"
#include "delivery/peer.h"
#include "delivery/secure_port.h"
#include "envoy/admin/v3/config_dump.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "envoy/service/status/v3/csds.pb.h"

namespace amime::delivery::testing {
namespace {

using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;
using envoy::service::status::v3::ClientConfig;
using ::testing::HasSubstr;
using translate::Type;

// Keeps the last message as it is.
class Istioctl final : public Transport {
 public:
  explicit Istioctl(Plane& plane, std::shared_ptr<const Peer> peer = make_peer("ipv4:127.0.0.1:1", "", SecretRules()))
      : stream_(make_sotw_stream(plane.context, this, std::move(peer))) {}
  ~Istioctl() override { stream_->on_closed(); }
  void write(Message message) override { response.ParseFromString(message.head); }
  void finish(const absl::Status& status) override { finished = status; }
  void ask(const std::string& type, const std::vector<std::string>& names = {}) {
    DiscoveryRequest request;
    request.mutable_node()->ParseFromString(FakeProxy::node("sidecar~10.0.0.9~test-1.default~default.svc.cluster.local",
                                                            {{"NAMESPACE", "istio-system"}, {"GENERATOR", "event"}}, ""));
    request.set_type_url(type);
    request.set_response_nonce("invented");
    for (const auto& name : names) request.add_resource_names(name);
    stream_->on_request(request.SerializeAsString());
    stream_->on_write_done();
  }
  DiscoveryResponse response;
  absl::Status finished;

 private:
  std::shared_ptr<Stream> stream_;
};

TEST(DebugTypes, SynczTellsOfEachProxyButNotOfIstioctl) {
  Plane plane;
  plane.source->put(Type::kCluster, "a", "1");
  plane.source->put(Type::kListener, "l", "1");
  plane.publish();
  FakeProxy proxy(plane, Protocol::kDelta);
  proxy.ask(Type::kCluster);
  plane.hub.run_pending();
  proxy.ack(proxy.expect(Type::kCluster));
  proxy.ask(Type::kListener);
  proxy.nack(proxy.expect(Type::kListener), "no good");
  proxy.ask(Type::kEndpoint, {.subscribe = {"a"}});

  Istioctl istioctl(plane);
  istioctl.ask("istio.io/debug/syncz");
  const auto& response = istioctl.response;
  EXPECT_EQ(response.type_url(), "istio.io/debug/syncz");
  EXPECT_FALSE(response.nonce().empty());
  EXPECT_THAT(response.control_plane().identifier(), HasSubstr("\"Component\":\"istiod\""));
  ASSERT_EQ(response.resources_size(), 1);
  ClientConfig config;
  ASSERT_TRUE(response.resources(0).UnpackTo(&config));
  EXPECT_EQ(config.node().id(), "pod.default");
  ASSERT_EQ(config.generic_xds_configs_size(), 3);
  EXPECT_EQ(config.generic_xds_configs(0).config_status(), envoy::service::status::v3::SYNCED);
  EXPECT_EQ(config.generic_xds_configs(1).config_status(), envoy::service::status::v3::STALE);
  EXPECT_EQ(config.generic_xds_configs(2).config_status(), envoy::service::status::v3::ERROR);
  EXPECT_EQ(config.generic_xds_configs(2).error_state().details(), "no good");
  EXPECT_EQ(plane.source->scopes(), 1u) << "istioctl is no proxy";
}

TEST(DebugTypes, PagesAreGivenAsTheyAre) {
  Plane plane;
  plane.pages.set([](const std::string& path, const std::string&) { return DebugPages::Page{true, "page of " + path}; });
  Istioctl istioctl(plane);
  istioctl.ask("istio.io/debug", {"edsz?proxyID=a.b"});
  ASSERT_EQ(istioctl.response.resources_size(), 1);
  EXPECT_EQ(istioctl.response.resources(0).value(), "page of edsz?proxyID=a.b");
}

TEST(DebugTypes, ConfigDumpIsTakenApartOrSaysThatTheProxyIsElsewhere) {
  Plane plane;
  plane.pages.set([](const std::string& path, const std::string&) {
    return DebugPages::Page{path == "config_dump?proxyID=a.b",
                            R"({"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump"}]})"};
  });
  Istioctl istioctl(plane);
  istioctl.ask("istio.io/debug/config_dump", {"a.b"});
  ASSERT_EQ(istioctl.response.resources_size(), 1);
  EXPECT_TRUE(istioctl.response.resources(0).Is<envoy::admin::v3::ClustersConfigDump>());
  istioctl.ask("istio.io/debug/config_dump", {"x.y"});
  ASSERT_EQ(istioctl.response.resources_size(), 1);
  EXPECT_THAT(istioctl.response.resources(0).value(), HasSubstr("Proxy not connected to this Pilot instance"));
}

TEST(DebugTypes, WorkloadsSeeProxiesOfTheirNamespaceAndStrangersNone) {
  Plane plane;
  plane.pages.set([](const std::string& path, const std::string& ns) { return DebugPages::Page{true, path + " for " + ns}; });
  FakeProxy proxy(plane, Protocol::kDelta);
  proxy.ask(Type::kCluster);
  const auto seen_by = [&](ProvenPeer who, const std::string& type, const std::vector<std::string>& names = {}) {
    Istioctl istioctl(plane, make_proven_peer("ipv4:10.0.0.1:1", std::move(who)));
    istioctl.ask(type, names);
    return std::pair(istioctl.response, istioctl.finished);
  };
  const ProvenPeer admin{"istio-system", "istioctl", true}, neighbour{"default", "", false}, other{"istio-system", "", false};
  EXPECT_EQ(seen_by(admin, "istio.io/debug/syncz").first.resources_size(), 1);
  EXPECT_EQ(seen_by(admin, "istio.io/debug", {"configz"}).first.resources(0).value(), "configz for ");
  EXPECT_EQ(seen_by(other, "istio.io/debug/syncz").first.resources_size(), 0) << "the proxy is of namespace default";
  EXPECT_EQ(seen_by(other, "istio.io/debug", {"edsz?proxyID=a"}).first.resources(0).value(), "edsz?proxyID=a for istio-system");
  EXPECT_EQ(seen_by(other, "istio.io/debug", {"configz"}).second.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(seen_by(neighbour, "istio.io/debug/syncz").second.code(), absl::StatusCode::kPermissionDenied)
      << "its Node says another namespace";
  Istioctl stranger(plane, make_peer("ipv4:10.0.0.1:1", "", SecretRules()));
  stranger.ask("istio.io/debug/syncz");
  EXPECT_EQ(stranger.finished.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(stranger.response.resources_size(), 0);
}

}  // namespace
}  // namespace amime::delivery::testing
