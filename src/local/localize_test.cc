#include "local/localize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/istio_specs.h"
#include "mesh/testing.h"

namespace amime::local {
namespace {

using mesh::Kind;
using mesh::ObjectPtr;
using namespace mesh::testing;
using testing::ElementsAre;
using testing::HasSubstr;

ObjectPtr deployment(const std::string& ns, const std::string& name, std::map<std::string, std::string> labels, unsigned replicas = 1,
                     std::vector<mesh::KubeContainerPort> ports = {}, std::map<std::string, std::string> annotations = {},
                     Kind kind = Kind::kDeployment) {
  mesh::Object out;
  out.key = {kind, ns, name};
  mesh::KubeWorkload spec;
  spec.replicas = replicas;
  spec.template_labels = std::move(labels);
  spec.template_annotations = std::move(annotations);
  spec.pod.containers = {{"app", "image", std::move(ports)}};
  out.payload = std::move(spec);
  out.digest = mesh::object_digest(out);
  return std::make_shared<const mesh::Object>(std::move(out));
}

struct Local {
  AddressPlan plan{77};
  Localized run(const std::vector<ObjectPtr>& objects, const std::vector<std::string>& unready = {}) {
    return localize(objects, plan, unready);
  }
};
ObjectPtr find(const Localized& result, Kind kind, std::string_view ns, std::string_view name) {
  for (const auto& object : result.objects)
    if (object->key.kind == kind && object->key.ns == ns && object->key.name == name) return object;
  return nullptr;
}
std::vector<std::string> keys(const Localized& result) {
  std::vector<std::string> out;
  for (const auto& workload : result.workloads) out.push_back(workload.key() + (workload.gateway ? " (gateway)" : ""));
  return out;
}
std::string ports_of(const Workload& workload) {
  std::string out;
  for (const auto& port : workload.ports)
    out += (out.empty() ? "" : " ") + std::to_string(port.declared) + ">" + std::to_string(port.local) +
           (port.kind == PortKind::kHttp  ? "h"
            : port.kind == PortKind::kTcp ? "t"
                                          : "?");
  return out;
}

TEST(Localize, ReplicasBecomePodsAndEndpoints) {
  Local local;
  const auto result = local.run({deployment("default", "reviews-v1", {{"app", "reviews"}, {"version", "v1"}}, 2),
                                 service("default", "reviews", "", {"http:9080"}, {{"app", "reviews"}})});
  EXPECT_THAT(keys(result), ElementsAre("default/reviews-v1-0", "default/reviews-v1-1"));
  EXPECT_EQ(result.workloads[0].version(), "v1");
  EXPECT_EQ(ports_of(result.workloads[0]), "9080>9080h");
  const auto pod = find(result, Kind::kPod, "default", "reviews-v1-1");
  ASSERT_TRUE(pod);
  EXPECT_THAT(pod->as<mesh::KubePod>().ips, ElementsAre("127.77.1.2"));
  EXPECT_TRUE(pod->as<mesh::KubePod>().ready);
  EXPECT_EQ(pod->labels.at("version"), "v1");
  const auto slice = find(result, Kind::kEndpointSlice, "default", "reviews-local");
  ASSERT_TRUE(slice);
  const auto& groups = slice->as<mesh::KubeEndpoints>().groups;
  ASSERT_EQ(groups.size(), 1u);
  ASSERT_EQ(groups[0].endpoints.size(), 2u);
  EXPECT_THAT(groups[0].endpoints[0].addresses, ElementsAre("127.77.1.1"));
  EXPECT_EQ(groups[0].endpoints[0].target_name, "reviews-v1-0");
  EXPECT_EQ(groups[0].ports[0].port, 9080u);
  EXPECT_THAT(find(result, Kind::kService, "default", "reviews")->as<mesh::KubeService>().cluster_ips, ElementsAre(HasSubstr("10.96.")));
  EXPECT_TRUE(find(result, Kind::kDeployment, "default", "reviews-v1"));
}

TEST(Localize, AddressesStayWhenOthersComeAndGo) {
  Local local;
  const auto a = deployment("default", "a", {{"app", "a"}}), b = deployment("default", "b", {{"app", "b"}});
  const auto before = local.run({b}).workloads[0].addresses;
  EXPECT_EQ(local.run({a, b}).workloads[1].addresses, before);
}

TEST(Localize, UnreadyWorkloadsLeaveTheEndpoints) {
  Local local;
  const auto result =
      local.run({deployment("default", "a", {{"app", "a"}}), service("default", "a", "", {"http:80"}, {{"app", "a"}})}, {"default/a-0"});
  EXPECT_FALSE(find(result, Kind::kEndpointSlice, "default", "a-local")->as<mesh::KubeEndpoints>().groups[0].endpoints[0].ready);
  EXPECT_FALSE(find(result, Kind::kPod, "default", "a-0")->as<mesh::KubePod>().ready);
}

TEST(Localize, PortsThatTheUserMayNotBindMoveEverywhere) {
  Local local;
  const auto result = local.run({deployment("default", "web", {{"app", "web"}}, 1, {{"admin", 81, "TCP"}}),
                                 service("default", "web", "", {"http:80", "http-admin:8081:admin"}, {{"app", "web"}})});
  EXPECT_EQ(ports_of(result.workloads[0]), "80>10080h 81>10081h");
  const auto& spec = find(result, Kind::kService, "default", "web")->as<mesh::KubeService>();
  EXPECT_EQ(spec.ports[0].port, 80u);
  EXPECT_EQ(spec.ports[0].target_port, 10080u);
  EXPECT_EQ(spec.ports[1].target_port_name, "admin");
  EXPECT_EQ(find(result, Kind::kPod, "default", "web-0")->as<mesh::KubePod>().containers[0].ports[0].port, 10081u);
  const auto& group = find(result, Kind::kEndpointSlice, "default", "web-local")->as<mesh::KubeEndpoints>().groups[0];
  EXPECT_EQ(group.ports[0].port, 10080u);
  EXPECT_EQ(group.ports[1].port, 10081u);
}

TEST(Localize, KindsOfPortsComeFromTheirServices) {
  Local local;
  const auto result = local.run({deployment("default", "db", {{"app", "db"}}, 1, {{"metrics", 9000, "TCP"}, {"dns", 53, "UDP"}}),
                                 service("default", "db", "", {"tcp:5432", "grpc:7070", ":8000"}, {{"app", "db"}})});
  EXPECT_EQ(ports_of(result.workloads[0]), "5432>5432t 7070>7070h 8000>8000? 9000>9000?");
}

TEST(Localize, UsersEndpointsGiveWayToLocalOnesOnly) {
  Local local;
  const auto result = local.run(
      {deployment("default", "a", {{"app", "a"}}), service("default", "a", "10.1.2.3", {"http:80"}, {{"app", "a"}}),
       endpoint_slice("default", "a-xyz", "a", {"http:80"}, {endpoint("10.0.0.1")}), service("default", "ext", "10.1.2.4", {"http:80"}),
       endpoint_slice("default", "ext-1", "ext", {"http:80"}, {endpoint("127.0.0.9")})});
  EXPECT_FALSE(find(result, Kind::kEndpointSlice, "default", "a-xyz"));
  EXPECT_TRUE(find(result, Kind::kEndpointSlice, "default", "ext-1"));
  EXPECT_THAT(find(result, Kind::kService, "default", "a")->as<mesh::KubeService>().cluster_ips, ElementsAre("10.1.2.3"));
}

TEST(Localize, PodsAndWorkloadEntriesMoveHere) {
  Local local;
  const auto result = local.run(
      {pod("default", "client", "10.0.0.7", {{"app", "client"}}),
       annotated(workload_entry("default", "vm", R"({"address":"10.9.9.9","labels":{"app":"vm"},"serviceAccount":"vm"})"),
                 {{"amime.dev/command", "./vm"}}),
       service_entry("default", "vm", R"({"hosts":["vm.example.com"],"workloadSelector":{"labels":{"app":"vm"}},"resolution":"STATIC",
                                               "ports":[{"number":80,"targetPort":9000,"name":"http","protocol":"HTTP"}]})")});
  EXPECT_THAT(keys(result), ElementsAre("default/client", "default/vm"));
  EXPECT_EQ(result.workloads[1].command, "./vm");
  EXPECT_EQ(result.workloads[1].service_account, "vm");
  EXPECT_EQ(ports_of(result.workloads[1]), "9000>9000h");
  EXPECT_THAT(find(result, Kind::kPod, "default", "client")->as<mesh::KubePod>().ips, ElementsAre("127.77.1.1"));
  EXPECT_EQ(read_workload_entry(*find(result, Kind::kWorkloadEntry, "default", "vm")).labels.at("app"), "vm");
}

TEST(Localize, GatewayWithoutWorkloadGetsOne) {
  Local local;
  const auto result = local.run({gateway("default", "bookinfo", R"({"selector":{"istio":"ingressgateway"},
                                   "servers":[{"port":{"number":80,"name":"http","protocol":"HTTP"},"hosts":["*"]}]})")});
  EXPECT_THAT(keys(result), ElementsAre("istio-system/istio-ingressgateway-0 (gateway)"));
  EXPECT_EQ(ports_of(result.workloads[0]), "80>8080?");
  EXPECT_EQ(result.workloads[0].labels.at("istio"), "ingressgateway");
  EXPECT_EQ(result.workloads[0].addresses.bind, result.workloads[0].addresses.inbound);
  const auto added = find(result, Kind::kService, "istio-system", "istio-ingressgateway");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->as<mesh::KubeService>().ports[0].target_port, 8080u);
  EXPECT_TRUE(find(result, Kind::kEndpointSlice, "istio-system", "istio-ingressgateway-local"));
}

TEST(Localize, GatewayOfTheUserIsFoundByItsService) {
  Local local;
  const char* spec = R"({"selector":{"istio":"edge"},"servers":[{"port":{"number":80,"name":"http","protocol":"HTTP"},"hosts":["*"]},
                         {"port":{"number":443,"name":"https","protocol":"HTTPS"},"hosts":["*"],"tls":{"mode":"SIMPLE","credentialName":"c"}}]})";
  const auto result = local.run({gateway("default", "gw", spec),
                                 service("edge", "edge-lb", "", {"http:80:8080", "https:443:8443"}, {{"istio", "edge"}, {"app", "edge"}})});
  EXPECT_THAT(keys(result), ElementsAre("edge/edge-lb-0 (gateway)"));
  EXPECT_EQ(result.workloads[0].labels.at("app"), "edge");
  EXPECT_EQ(ports_of(result.workloads[0]), "80>8080? 443>8443?");
}

TEST(Localize, GatewayDeploymentIsARouterAndTheControlPlaneIsLeftOut) {
  Local local;
  const auto result = local.run({gateway("default", "gw", R"({"selector":{"istio":"ingressgateway"},"servers":[]})"),
                                 deployment("istio-system", "istio-ingressgateway", {{"istio", "ingressgateway"}}),
                                 deployment("istio-system", "istiod", {{"app", "istiod"}})});
  EXPECT_THAT(keys(result), ElementsAre("istio-system/istio-ingressgateway-0 (gateway)"));
  EXPECT_THAT(result.notes, ElementsAre(HasSubstr("istio-system/istiod-0 is left out")));
}

TEST(Localize, JobsNeedACommand) {
  Local local;
  const auto result = local.run({deployment("default", "a", {}, 1, {}, {}, Kind::kJob),
                                 deployment("default", "b", {}, 1, {}, {{"amime.dev/command", "true"}}, Kind::kJob)});
  EXPECT_THAT(keys(result), ElementsAre("default/b-0"));
  EXPECT_EQ(result.notes.size(), 1u);
}

TEST(Localize, StatefulSetPodsHaveHostNamesInHeadlessServices) {
  Local local;
  const auto result = local.run({deployment("default", "db", {{"app", "db"}}, 2, {}, {}, Kind::kStatefulSet),
                                 service("default", "db", "None", {"tcp:5432"}, {{"app", "db"}})});
  const auto& group = find(result, Kind::kEndpointSlice, "default", "db-local")->as<mesh::KubeEndpoints>().groups[0];
  EXPECT_EQ(group.endpoints[1].hostname, "db-1");
}

TEST(Localize, AnnotationsOfTheTemplate) {
  Local local;
  const auto result =
      local.run({deployment("default", "a", {{"app", "a"}}, 1, {}, {{"amime.dev/calls", "http://b:80/"}, {"amime.dev/delay", "5ms"}})});
  EXPECT_EQ(result.workloads[0].calls, "http://b:80/");
  EXPECT_EQ(result.workloads[0].delay, "5ms");
}

}  // namespace
}  // namespace amime::local
