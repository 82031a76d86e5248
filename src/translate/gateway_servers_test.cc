#include "translate/gateway_servers.h"

#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "networking/v1alpha3/gateway.pb.h"

namespace amime::translate {
namespace {

namespace mt = mesh::testing;
using Strings = std::vector<std::string>;

struct Merged {
  std::vector<GatewayPort> ports;
  std::vector<Note> notes;
};
mesh::ObjectPtr gateway(const std::string& servers, std::string name = "gw", std::string ns = "ingress") {
  return mt::gateway(ns, name, R"({"selector": {"istio": "ingress"}, "servers": )" + servers + "}");
}
Merged merge(std::vector<mesh::ObjectPtr> gateways) {
  Merged out;
  out.ports = merge_gateways(
      gateways, [](std::uint32_t port) { return port == 80 ? 8080u : port; }, &out.notes);
  return out;
}
std::string http(int port, const std::string& host, const std::string& more = "") {
  return R"({"port": {"number": )" + std::to_string(port) + R"(, "name": "http", "protocol": "HTTP"}, "hosts": [")" + host + "\"]" + more +
         "}";
}
std::string https(int port, const std::string& name, const std::string& host, const std::string& more = "") {
  return R"({"port": {"number": )" + std::to_string(port) + R"(, "name": ")" + name + R"(", "protocol": "HTTPS"}, "hosts": [")" + host +
         R"("], "tls": {"mode": "SIMPLE", "credentialName": "c"})" + more + "}";
}

TEST(GatewayServers, PlainHttpOfSeveralGatewaysSharesAPortAndATable) {
  const auto merged = merge({gateway("[" + http(80, "a.com") + "]", "one"), gateway("[" + http(80, "b.com") + "]", "two")});
  ASSERT_EQ(merged.ports.size(), 1u);
  EXPECT_EQ(merged.ports[0].port, 8080u) << "the container's port, not the Service's";
  EXPECT_EQ(merged.ports[0].table, "http.8080");
  EXPECT_EQ(merged.ports[0].servers.size(), 2u);
  EXPECT_TRUE(merged.notes.empty());
}

TEST(GatewayServers, HttpsServersOfAPortHaveATableEach) {
  const auto merged = merge({gateway("[" + https(443, "a", "a.com") + "," + https(443, "b", "b.com") + "]")});
  ASSERT_EQ(merged.ports.size(), 1u);
  ASSERT_EQ(merged.ports[0].servers.size(), 2u);
  EXPECT_EQ(merged.ports[0].servers[0].table, "https.443.a.gw.ingress");
  EXPECT_EQ(merged.ports[0].servers[1].table, "https.443.b.gw.ingress");
}

TEST(GatewayServers, AHostIsTakenOncePerPort) {
  const auto merged = merge({gateway("[" + https(443, "a", "a.com") + "]", "one"), gateway("[" + https(443, "b", "a.com") + "]", "two")});
  ASSERT_EQ(merged.ports.size(), 1u);
  EXPECT_EQ(merged.ports[0].servers.size(), 1u);
  ASSERT_EQ(merged.notes.size(), 1u);
  EXPECT_EQ(merged.notes[0].object.name, "two");
  EXPECT_EQ(merged.notes[0].code, "conflict");
  EXPECT_EQ(merged.notes[0].field, "spec.servers[0].port");
}

TEST(GatewayServers, AnotherBindIsAnotherListener) {
  const auto merged = merge({gateway("[" + https(443, "a", "a.com") + "," + https(443, "b", "a.com", R"(, "bind": "10.0.0.1")") + "]")});
  ASSERT_EQ(merged.ports.size(), 2u);
  EXPECT_EQ(merged.ports[1].bind, "10.0.0.1");
  EXPECT_EQ(merged.ports[1].servers[0].table, "https.443.b.gw.ingress.10.0.0.1");
  EXPECT_TRUE(merged.notes.empty());
}

TEST(GatewayServers, ProtocolsThatCannotShareAPortConflict) {
  const std::string tcp = R"({"port": {"number": 80, "name": "tcp", "protocol": "TCP"}, "hosts": ["*"]})";
  EXPECT_EQ(merge({gateway("[" + http(80, "a.com") + "," + tcp + "]")}).notes.size(), 1u);
  EXPECT_EQ(merge({gateway("[" + tcp + "," + http(80, "a.com") + "]")}).notes.size(), 1u);
  EXPECT_EQ(merge({gateway("[" + tcp + "," + tcp + "]")}).notes.size(), 1u);
  EXPECT_EQ(merge({gateway("[" + http(80, "a.com") + "," + https(80, "b", "b.com") + "]")}).notes.size(), 1u);
  EXPECT_EQ(merge({gateway("[" + tcp + "," + http(80, "a.com", R"(, "bind": "10.0.0.1")") + "]")}).notes.size(), 0u);
}

TEST(GatewayServers, GrpcAndHttpAreBothPlain) {
  const std::string grpc = R"({"port": {"number": 80, "name": "grpc", "protocol": "GRPC"}, "hosts": ["b.com"]})";
  const auto merged = merge({gateway("[" + http(80, "a.com") + "," + grpc + "]")});
  ASSERT_EQ(merged.ports.size(), 1u);
  EXPECT_EQ(merged.ports[0].servers.size(), 2u);
}

TEST(GatewayServers, OneNameOfAnHttpsPortOnce) {
  EXPECT_EQ(merge({gateway("[" + https(443, "a", "a.com") + "," + https(443, "a", "b.com") + "]")}).notes.size(), 1u);
}

TEST(GatewayServers, HostsLoseTheirNamespacesForTls) {
  const auto merged =
      merge({gateway(R"([{"port": {"number": 443, "name": "a", "protocol": "HTTPS"}, "hosts": ["./a.com", "*/b.com", "other/a.com"],
                                          "tls": {"mode": "SIMPLE", "credentialName": "c"}}])")});
  EXPECT_EQ(merged.ports[0].servers[0].hosts, (Strings{"ingress/a.com", "b.com", "other/a.com"}));
  EXPECT_EQ(merged.ports[0].servers[0].sni_hosts(), (Strings{"a.com", "b.com"}));
  EXPECT_EQ(merge({gateway("[" + https(443, "a", "*/*") + "]")}).ports[0].servers[0].hosts, Strings{"*"});
}

TEST(GatewayServers, SecretsHaveTheNamesThatSdsUses) {
  const auto names = [](const std::string& tls) {
    const auto object = gateway(R"([{"port": {"number": 443, "name": "a", "protocol": "HTTPS"}, "hosts": ["a"], "tls": )" + tls + "}]");
    return secret_names(object->spec<istio::networking::v1alpha3::Gateway>().servers(0));
  };
  EXPECT_EQ(names(R"({"mode": "SIMPLE", "credentialName": "c"})"), Strings{"kubernetes://c"});
  EXPECT_EQ(names(R"({"mode": "MUTUAL", "credentialName": "c"})"), (Strings{"kubernetes://c", "kubernetes://c-cacert"}));
  EXPECT_EQ(names(R"({"mode": "SIMPLE", "credentialNames": ["rsa", "ec"]})"), (Strings{"kubernetes://rsa", "kubernetes://ec"}));
  EXPECT_EQ(names(R"({"mode": "MUTUAL", "credentialName": "c", "caCertCredentialName": "ca"})"),
            (Strings{"kubernetes://c", "kubernetes://ca"}));
  EXPECT_TRUE(names(R"({"mode": "PASSTHROUGH", "credentialName": "c"})").empty());
  EXPECT_TRUE(names(R"({"mode": "SIMPLE", "serverCertificate": "/c", "privateKey": "/k"})").empty());
}

}  // namespace
}  // namespace amime::translate
