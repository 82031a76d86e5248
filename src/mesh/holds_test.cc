#include "mesh/holds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "mesh/testing.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"

namespace amime::mesh {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHost = "a.default.svc.cluster.local";

ObjectPtr routes(std::string_view subset, std::string_view rest = "") {
  return virtual_service("default", "a",
                         R"({"hosts":["a"],"http":[{"route":[{"destination":{"host":"a","subset":")" + std::string(subset) + R"("}}]}])" +
                             std::string(rest) + "}");
}
ObjectPtr subsets(const std::vector<std::string>& names, std::string_view name = "a") {
  std::string list;
  for (const auto& n : names) list += (list.empty() ? "" : ",") + (R"({"name":")" + n + R"(","labels":{"version":")" + n + R"("}})");
  return destination_rule("default", name, R"({"host":"a","subsets":[)" + list + "]}");
}
ObjectPtr annotated(const ObjectPtr& object, const std::string& name, const std::string& value) {
  auto out = std::make_shared<Object>(*object);
  out->annotations[name] = value;
  out->digest = object_digest(*out);
  return out;
}

// A mesh whose changes go through the holds, at times that the test says.
struct World {
  Mesh mesh;
  Holds holds{HoldOptions{}};
  HoldTime now{};

  World() { write({add(service("default", "a", "10.96.0.1", {"http:80:8080"})), add(subsets({"v1"})), add(routes("v1"))}); }
  void write(const std::vector<Change>& changes) { mesh = mesh.apply(holds.take(mesh, changes, now)); }
  void pass(std::chrono::milliseconds time) {
    now += time;
    if (const auto next = holds.next(); next && *next <= now) write({});
  }
  std::string subset_in_force() const {
    return mesh.virtual_service("default", "a")
        ->spec<istio::networking::v1alpha3::VirtualService>()
        .http(0)
        .route(0)
        .destination()
        .subset();
  }
  std::vector<std::string> subsets_in_force() const {
    std::vector<std::string> out;
    if (const auto policy = mesh.destination(kHost, "default", "default"))
      for (const auto& subset : policy->rule->subsets()) out.push_back(subset.name());
    return out;
  }
  std::vector<std::string> reasons() const {
    std::vector<std::string> out;
    for (const auto& hold : holds.list()) out.push_back(to_string(hold.key) + ": " + hold.reason);
    return out;
  }
};

TEST(Holds, ARouteToASubsetThatIsNotThereYetWaitsForIt) {
  World world;
  world.write({add(routes("v2"))});
  EXPECT_EQ(world.subset_in_force(), "v1");
  EXPECT_THAT(world.reasons(), ElementsAre("VirtualService default/a: no DestinationRule of a.default.svc.cluster.local has subset v2"));
  world.pass(1s);
  world.write({add(subsets({"v1", "v2"}))});
  EXPECT_EQ(world.subset_in_force(), "v2");
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, TheWaitIsBoundedAndItsEndIsSaid) {
  World world;
  world.write({add(routes("v2"))});
  world.pass(29s);
  EXPECT_EQ(world.subset_in_force(), "v1");
  world.pass(2s);
  EXPECT_EQ(world.subset_in_force(), "v2");
  EXPECT_EQ(world.holds.take_overdue().size(), 1u);
  // What dangles in force holds nothing any more.
  world.write({add(routes("v2", R"(,"exportTo":["*"])"))});
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, AnAnnotationSaysHowLong) {
  World world;
  world.write({add(annotated(routes("v2"), "amime.dev/dangling-timeout", "0"))});
  EXPECT_EQ(world.subset_in_force(), "v2");
  World patient;
  patient.write({add(annotated(routes("v2"), "amime.dev/dangling-timeout", "inf"))});
  patient.pass(1h);
  EXPECT_EQ(patient.subset_in_force(), "v1");
}

TEST(Holds, AFirstVersionIsHeldOnlyWhenAsked) {
  World world;
  auto other = [](const char* name) {
    return virtual_service("default", name, R"({"hosts":["b"],"http":[{"route":[{"destination":{"host":"gone"}}]}]})");
  };
  world.write({add(other("b")), add(annotated(other("c"), "amime.dev/hold", "true"))});
  EXPECT_NE(world.mesh.virtual_service("default", "b"), nullptr);
  EXPECT_EQ(world.mesh.virtual_service("default", "c"), nullptr);
}

TEST(Holds, AnEditThatOnlyTakesAwayIsNotHeld) {
  World world;
  world.write({add(routes("v2"))});
  world.pass(31s);
  ASSERT_EQ(world.subset_in_force(), "v2");
  world.write({add(routes("v1"))});
  EXPECT_EQ(world.subset_in_force(), "v1");
}

TEST(Holds, AHeldEditThatIsTakenBackIsForgotten) {
  World world;
  world.write({add(routes("v2"))});
  world.write({add(routes("v1"))});
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, ARemovedSubsetStaysForTheGraceAndWhileARouteNamesIt) {
  World world;
  world.write({add(subsets({"v2"}))});
  EXPECT_THAT(world.subsets_in_force(), ElementsAre("v2", "v1"));
  world.pass(6s);
  EXPECT_THAT(world.subsets_in_force(), ElementsAre("v2", "v1")) << "the route still names v1";
  world.write({add(routes("v2"))});
  EXPECT_EQ(world.subset_in_force(), "v2");
  world.pass(2s);
  EXPECT_THAT(world.subsets_in_force(), ElementsAre("v2"));
  EXPECT_FALSE(world.holds.next());
}

TEST(Holds, RetentionIsBounded) {
  World world;
  world.write({remove(subsets({"v1"}))});
  for (int i = 0; i < 29; ++i) world.pass(1s);
  EXPECT_THAT(world.subsets_in_force(), ElementsAre("v1"));
  for (int i = 0; i < 3; ++i) world.pass(1s);
  EXPECT_THAT(world.subsets_in_force(), IsEmpty());
  EXPECT_EQ(world.holds.take_overdue().size(), 1u);
}

TEST(Holds, ADeletedServiceThatComesBackWasNeverAway) {
  World world;
  world.write({remove(service("default", "a", "10.96.0.1", {"http:80:8080"}))});
  EXPECT_NE(world.mesh.services_of(kHost), nullptr);
  world.pass(2s);
  world.write({add(service("default", "a", "10.96.0.2", {"http:80:8080"}))});
  EXPECT_EQ(world.mesh.services_of(kHost)->front()->addresses, std::vector<std::string>{"10.96.0.2"});
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, APortThatMovesIsThereTwiceForAWhile) {
  World world;
  world.write({add(service("default", "a", "10.96.0.1", {"http:81:8080"}))});
  const Service& both = *world.mesh.services_of(kHost)->front();
  EXPECT_TRUE(both.port(80) && both.port(81));
  world.pass(6s);
  EXPECT_FALSE(world.mesh.services_of(kHost)->front()->port(80));
}

TEST(Holds, ARenamedPortWaitsForItsEndpointSlices) {
  World world;
  const auto slice = [](const char* port) { return endpoint_slice("default", "a-1", "a", {port}, {endpoint("10.0.0.1")}); };
  world.write({add(slice("http:8080"))});
  world.write({add(service("default", "a", "10.96.0.1", {"http-new:80:8080"}))});
  EXPECT_EQ(world.mesh.services_of(kHost)->front()->port(80)->name, "http");
  EXPECT_EQ(world.mesh.endpoints(kHost, 80)->endpoints.size(), 1u);
  world.write({add(slice("http-new:8080"))});
  EXPECT_EQ(world.mesh.services_of(kHost)->front()->port(80)->name, "http-new");
  EXPECT_EQ(world.mesh.endpoints(kHost, 80)->endpoints.size(), 1u);
}

TEST(Holds, ASubsetsNewLabelsWaitForTheirPods) {
  World world;
  const auto labelled = [](const std::string& version) {
    return destination_rule("default", "a", R"({"host":"a","subsets":[{"name":"v1","labels":{"version":")" + version + R"("}}]})");
  };
  world.write({add(pod("default", "a-v1", "10.0.0.1", {{"version", "v1"}})),
               add(endpoint_slice("default", "a-1", "a", {"http:8080"}, {endpoint("10.0.0.1", "a-v1")}))});
  world.write({add(labelled("v7"))});
  EXPECT_THAT(world.reasons(), ElementsAre("DestinationRule default/a: no endpoint of " + kHost + " has the labels of subset v1"));
  world.write({add(pod("default", "a-v7", "10.0.0.7", {{"version", "v7"}})),
               add(endpoint_slice("default", "a-2", "a", {"http:8080"}, {endpoint("10.0.0.7", "a-v7")}))});
  EXPECT_THAT(world.reasons(), IsEmpty());
  // Of a subset that no route names nobody's requests are lost.
  world.write({add(virtual_service("default", "a", R"({"hosts":["a"],"http":[{"route":[{"destination":{"host":"a"}}]}]})"))});
  world.write({add(labelled("v8"))});
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, AServersNewCertificateHasToBeThere) {
  World world;
  const auto with = [](const std::string& credential) {
    return gateway(
        "default", "g",
        R"({"servers":[{"port":{"number":443,"name":"https","protocol":"HTTPS"},"hosts":["*"],"tls":{"mode":"SIMPLE","credentialName":")" +
            credential + R"("}}]})");
  };
  const auto secret = [](const std::string& name) {
    auto out = std::make_shared<Object>();
    out->key = {Kind::kSecret, "default", name};
    out->payload = KubeSecret{};
    out->digest = object_digest(*out);
    return out;
  };
  world.write({add(with("not-yet"))});
  EXPECT_THAT(world.reasons(), IsEmpty()) << "a first version";
  world.write({add(with("old")), add(secret("old"))});
  world.write({add(with("new"))});
  EXPECT_THAT(world.reasons(), ElementsAre("Gateway default/g: there is no Secret new for server 443"));
  world.write({add(secret("new"))});
  EXPECT_THAT(world.reasons(), IsEmpty());
}

TEST(Holds, APortWhoseNumberChangesKeepsItsEndpointsUnderBothNumbers) {
  World world;
  world.write({add(endpoint_slice("default", "a-1", "a", {"http:8080"}, {endpoint("10.0.0.1")}))});
  world.write({add(service("default", "a", "10.96.0.1", {"http:81:8080"}))});
  EXPECT_THAT(world.reasons(), ElementsAre("Service default/a: port 80 removed; kept for a while"));
  EXPECT_EQ(world.mesh.endpoints(kHost, 80)->endpoints.size(), 1u);
  EXPECT_EQ(world.mesh.endpoints(kHost, 81)->endpoints.size(), 1u);
}

TEST(Holds, EndpointsLeaveAtOnce) {
  World world;
  world.write({add(endpoint_slice("default", "a-1", "a", {"http:8080"}, {endpoint("10.0.0.1")}))});
  world.write({remove(endpoint_slice("default", "a-1", "a", {"http:8080"}, {endpoint("10.0.0.1")}))});
  EXPECT_THAT(world.mesh.endpoints(kHost, 80)->endpoints, IsEmpty());
}

TEST(Holds, ASubsetWithoutEndpointsIsNoDestinationYet) {
  World world;
  auto ready = endpoint("10.0.0.1", "a-v1");
  world.write({add(pod("default", "a-v1", "10.0.0.1", {{"version", "v1"}})),
               add(endpoint_slice("default", "a-1", "a", {"http:8080"}, {ready})), add(subsets({"v1", "v2"}))});
  world.write({add(routes("v2"))});
  EXPECT_EQ(world.subset_in_force(), "v1");
  world.write({add(pod("default", "a-v2", "10.0.0.2", {{"version", "v2"}})),
               add(endpoint_slice("default", "a-2", "a", {"http:8080"}, {endpoint("10.0.0.2", "a-v2")}))});
  EXPECT_EQ(world.subset_in_force(), "v2");
}

TEST(Holds, AGatewayServerStaysForTheGraceUnlessItsPortIsTaken) {
  const auto gateway = [](const char* name, const char* ports) {
    std::string servers;
    for (const char* port = ports; *port; ++port)
      servers += std::string(servers.empty() ? "" : ",") + R"({"port":{"number":808)" + *port + R"(,"name":"h)" + *port +
                 R"(","protocol":"HTTP"},"hosts":["*"]})";
    return testing::gateway("default", name, R"({"selector":{"istio":"i"},"servers":[)" + servers + "]}");
  };
  const auto servers = [](const Mesh& mesh) {
    return mesh.gateway("default", "g")->spec<istio::networking::v1alpha3::Gateway>().servers_size();
  };
  World world;
  world.write({add(gateway("g", "12"))});
  world.write({add(gateway("g", "1"))});
  EXPECT_EQ(servers(world.mesh), 2);
  world.write({add(gateway("other", "2"))});
  EXPECT_EQ(servers(world.mesh), 1);
}

TEST(Holds, ADeletedRouteOfAServiceIsGoneAtOnce) {
  World world;
  world.write({remove(routes("v1"))});
  EXPECT_EQ(world.mesh.virtual_service("default", "a"), nullptr);
}

TEST(Holds, ASidecarsIngressStaysForTheGrace) {
  World w;
  const auto listening_on = [](const std::string& ports) {
    std::string ingress;
    std::istringstream list(ports);
    for (std::string port; std::getline(list, port, ' ');)
      ingress += (ingress.empty() ? "" : ",") + std::string(R"({"port":{"number":)") + port + R"(,"protocol":"HTTP","name":"p)" + port +
                 R"("},"defaultEndpoint":"127.0.0.1:1"})";
    return testing::sidecar("default", "s", R"({"ingress":[)" + ingress + "]}");
  };
  const auto in_force = [&] {
    return w.mesh.object({Kind::kSidecar, "default", "s"})->spec<istio::networking::v1alpha3::Sidecar>().ingress_size();
  };
  w.write({add(listening_on("8080 9090"))});
  w.write({add(listening_on("8081 9090"))});
  EXPECT_EQ(in_force(), 3);
  EXPECT_THAT(w.reasons(), ElementsAre("Sidecar default/s: ingress 8080 removed; kept for a while"));
  w.pass(6s);
  EXPECT_EQ(in_force(), 2);
}

TEST(Holds, ADeletedRouteAtAGatewayStaysUntilAnotherHasItsHosts) {
  World world;
  world.write({add(gateway("default", "gw", R"({"selector":{"istio":"i"}})")), add(routes("v1", R"(,"gateways":["mesh","gw"])"))});
  world.write({remove(routes("v1"))});
  const auto kept = world.mesh.virtual_service("default", "a");
  ASSERT_NE(kept, nullptr);
  EXPECT_THAT(kept->spec<istio::networking::v1alpha3::VirtualService>().gateways(), ElementsAre("gw"));
  world.write({add(virtual_service("default", "new", R"({"hosts":["a"],"http":[{"route":[{"destination":{"host":"a"}}]}]})"))});
  EXPECT_EQ(world.mesh.virtual_service("default", "a"), nullptr);
}

}  // namespace
}  // namespace amime::mesh
