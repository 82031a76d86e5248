#include "source/kube_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source/testing.h"

namespace amime::source {
namespace {

using mesh::KubeEndpoints;
using mesh::KubePod;
using mesh::KubeSecret;
using mesh::KubeService;
using mesh::KubeWorkload;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

mesh::ObjectPtr one(const std::string& yaml) {
  const ParsedFile file = parse_documents(yaml, "f.yaml");
  EXPECT_THAT(problems_of(file), IsEmpty());
  return file.objects.size() == 1 ? file.objects[0].object : nullptr;
}

TEST(ServiceTest, Reads) {
  const auto object =
      one("apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
          "spec:\n  clusterIP: 10.0.0.1\n  selector: {app: a}\n  unknownField: 1\n  trafficDistribution: PreferClose\n  "
          "publishNotReadyAddresses: true\n"
          "  ports:\n  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}\n  - {name: named, port: 81, targetPort: web, "
          "appProtocol: grpc, protocol: UDP}\n"
          "status: {loadBalancer: {ingress: [{ip: 1.2.3.4}, {hostname: lb}]}}\n");
  const auto& s = object->as<KubeService>();
  EXPECT_THAT(s.cluster_ips, ElementsAre("10.0.0.1"));
  EXPECT_EQ(s.selector.at("app"), "a");
  EXPECT_TRUE(s.publish_not_ready_addresses);
  EXPECT_EQ(s.traffic_distribution, "PreferClose");
  ASSERT_EQ(s.ports.size(), 2u);
  EXPECT_EQ(s.ports[0].target_port, 8080u);
  EXPECT_EQ(s.ports[0].node_port, 30080u);
  EXPECT_EQ(s.ports[1].target_port, 0u);
  EXPECT_EQ(s.ports[1].target_port_name, "web");
  EXPECT_EQ(s.ports[1].app_protocol, "grpc");
  EXPECT_EQ(s.ports[1].protocol, "UDP");
  EXPECT_THAT(s.load_balancer_ingress, ElementsAre("1.2.3.4", "lb"));
}

TEST(ServiceTest, ExternalNameAndHeadless) {
  const auto external = one("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {type: ExternalName, externalName: a.b}\n");
  EXPECT_EQ(external->as<KubeService>().external_name, "a.b");
  const auto headless =
      one("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {clusterIP: None, clusterIPs: [None], ports: [{port: 1}]}\n");
  EXPECT_THAT(headless->as<KubeService>().cluster_ips, ElementsAre("None"));
}

TEST(ServiceTest, Refuses) {
  EXPECT_THAT(
      problems_of("apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  type: ExternalName\n  ports:\n  - {name: a, port: http}\n  "
                  "- {name: a, port: 70000, targetPort: [1]}\n  - {port: 1}\n"),
      ElementsAre(HasSubstr("4: spec.externalName: is required"), HasSubstr("7: spec.ports[0].port: expected an integer, found \"http\""),
                  HasSubstr("7: spec.ports[0].port: must be between"), HasSubstr("8: spec.ports[1].port: 70000 is not between 0 and 65535"),
                  HasSubstr("8: spec.ports[1].targetPort: expected a number or a name"),
                  HasSubstr("8: spec.ports[1].port: must be between"), HasSubstr("8: spec.ports[1].name: \"a\" stands twice"),
                  HasSubstr("8: spec.ports[1].port: 0/TCP stands twice"), HasSubstr("9: spec.ports[2].name: is required")));
}

// Else listeners stand on what is no address, or twice on the same one, and Envoy refuses them.
TEST(ServiceTest, AddressesAreAddresses) {
  const std::string start = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports: [{port: 1}]\n";
  EXPECT_THAT(problems_of(start + "  clusterIP: \"a\\nb\"\n"), ElementsAre(HasSubstr("6: spec.clusterIP: \"a\nb\" is not an IP address")));
  EXPECT_THAT(problems_of(start + "  clusterIP: fe80::1%eth0\n"), ElementsAre(HasSubstr("6: spec.clusterIP: ")));
  EXPECT_THAT(problems_of(start + "  clusterIPs: [fd00::1, fd00::1]\n"),
              ElementsAre(HasSubstr("6: spec.clusterIPs[1]: \"fd00::1\" stands twice")));
  EXPECT_THAT(problems_of(start + "  clusterIPs: [None, 10.0.0.1]\n"),
              ElementsAre(HasSubstr("6: spec.clusterIPs[0]: \"None\" is not an IP")));
  EXPECT_THAT(problems_of(start + "  externalIPs: [None]\n"), ElementsAre(HasSubstr("6: spec.externalIPs[0]: \"None\" is not an IP")));
}

TEST(EndpointsTest, SliceConditionsAndHints) {
  const auto object =
      one("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s-1, labels: {kubernetes.io/service-name: "
          "s}}\naddressType: IPv4\n"
          "ports: [{name: http, port: 8080}]\nendpoints:\n"
          "- {addresses: [127.0.0.1]}\n"
          "- {addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: true}, zone: z, nodeName: n, targetRef: {kind: "
          "Pod, name: p}, hints: {forZones: [{name: z}]}}\n"
          "- {addresses: [10.0.0.3], conditions: {ready: false}}\n");
  const auto& slice = object->as<KubeEndpoints>();
  EXPECT_EQ(slice.service, "s");
  ASSERT_EQ(slice.groups.size(), 1u);
  EXPECT_EQ(slice.groups[0].ports.at(0).port, 8080u);
  const auto& e = slice.groups[0].endpoints;
  ASSERT_EQ(e.size(), 3u);
  EXPECT_TRUE(e[0].ready && e[0].serving && !e[0].terminating);
  EXPECT_TRUE(!e[1].ready && e[1].serving && e[1].terminating);
  EXPECT_EQ(e[1].target_name, "p");
  EXPECT_THAT(e[1].zone_hints, ElementsAre("z"));
  EXPECT_TRUE(!e[2].ready && !e[2].serving && e[2].terminating);
}

TEST(EndpointsTest, OldEndpoints) {
  const auto object =
      one("apiVersion: v1\nkind: Endpoints\nmetadata: {name: s}\n"
          "subsets:\n- {addresses: [{ip: 10.0.0.1, hostname: h}], notReadyAddresses: [{ip: 10.0.0.2}], ports: [{port: 1}]}\n- {ports: "
          "[{port: 2}]}\n");
  const auto& endpoints = object->as<KubeEndpoints>();
  EXPECT_EQ(endpoints.service, "s");
  ASSERT_EQ(endpoints.groups.size(), 2u);
  ASSERT_EQ(endpoints.groups[0].endpoints.size(), 2u);
  EXPECT_FALSE(endpoints.groups[0].endpoints[1].ready);
}

TEST(EndpointsTest, Refuses) {
  EXPECT_THAT(problems_of("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s}\naddressType: IPv5\nendpoints: "
                          "[{conditions: {ready: 3}}, x]\n"),
              testing::SizeIs(4));
}

TEST(PodTest, Reads) {
  const auto object =
      one("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: n}\n"
          "spec: {nodeName: node, serviceAccountName: sa, hostname: h, subdomain: s, containers: [{name: a, image: i, ports: [{name: web, "
          "containerPort: 80}]}], initContainers: [{name: once}, {name: side, restartPolicy: Always}]}\n"
          "status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}], conditions: [{type: Ready, status: "
          "'True'}, {type: Initialized, status: 'False'}]}\n");
  const auto& pod = object->as<KubePod>();
  EXPECT_THAT(pod.ips, ElementsAre("10.0.0.1", "fd00::1"));
  EXPECT_TRUE(pod.ready);
  EXPECT_EQ(pod.service_account, "sa");
  ASSERT_EQ(pod.containers.size(), 2u);
  EXPECT_EQ(pod.containers[0].ports.at(0).port, 80u);
  EXPECT_EQ(pod.containers[1].name, "side");
}

TEST(WorkloadTest, DeploymentAndCronJob) {
  const auto deployment =
      one("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: d}\nspec: {replicas: 3, template: {metadata: {labels: {app: d}, "
          "annotations: {x: y}}, spec: {containers: [{name: c}]}}}\n");
  const auto& workload = deployment->as<KubeWorkload>();
  EXPECT_EQ(deployment->key.kind, mesh::Kind::kStatefulSet);
  EXPECT_EQ(workload.replicas, 3u);
  EXPECT_EQ(workload.template_labels.at("app"), "d");
  const auto cron =
      one("apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: "
          "c}]}}}}}\n");
  EXPECT_EQ(cron->as<KubeWorkload>().pod.containers.size(), 1u);
}

TEST(SecretTest, DataAndStringData) {
  const auto secret = one(
      "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: s}\ndata: {a: aGVsbG8=, b: aGVsbG8=}\nstringData: {b: x}\n");
  EXPECT_EQ(secret->as<KubeSecret>().data.at("a"), "hello");
  EXPECT_EQ(secret->as<KubeSecret>().data.at("b"), "x");
  EXPECT_EQ(secret->as<KubeSecret>().type, "kubernetes.io/tls");
}

TEST(SecretTest, ProblemsNeverShowValues) {
  const auto problems = problems_of("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: 'hunter2!', b: {hunter2: 1}}\n");
  ASSERT_EQ(problems.size(), 2u);
  for (const auto& problem : problems) EXPECT_EQ(problem.find("hunter2!"), std::string::npos);
}

TEST(ConfigMapTest, BinaryDataToo) {
  const auto object =
      one("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'x', crl: 'y'}\nbinaryData: {ca.crt: aGVsbG8=}\n");
  const std::map<std::string, std::string> kept = {{"ca.crt", "hello"}, {"crl", "y"}};
  EXPECT_EQ(object->as<mesh::KubeConfigMap>().data, kept) << "nothing else is asked for";
}

}  // namespace
}  // namespace amime::source
