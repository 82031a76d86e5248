#include "source/proto_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "security/v1beta1/peer_authentication.pb.h"

namespace amime::source {
namespace {

using namespace istio::networking::v1alpha3;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class T>
std::vector<std::string> read(const std::string& yaml, T& message) {
  const auto documents = base::parse_yaml(yaml);
  const base::Tree tree = documents.at(0).tree;
  Errors errors(tree);
  Path at;
  read_message(tree, at, message, errors);
  std::vector<std::string> out;
  for (const auto& p : errors.problems()) out.push_back(std::to_string(p.line) + ": " + p.field + ": " + p.message);
  return out;
}

TEST(ProtoReaderTest, BothSpellingsOfNames) {
  VirtualService vs;
  EXPECT_THAT(read("hosts: [a]\nexport_to: ['*']\nhttp: [{corsPolicy: {allow_origins: [{exact: x}]}, timeout: 1m}]\n", vs), IsEmpty());
  EXPECT_EQ(vs.export_to(0), "*");
  EXPECT_EQ(vs.http(0).cors_policy().allow_origins(0).exact(), "x");
  EXPECT_EQ(vs.http(0).timeout().seconds(), 60);
  EXPECT_THAT(read("exportTo: [a]\nexport_to: [b]\n", vs), ElementsAre("2: export_to: the same field as exportTo"));
}

TEST(ProtoReaderTest, AllErrorsAtOnceWithPaths) {
  VirtualService vs;
  EXPECT_THAT(read("hosts: reviews\n"
                   "http:\n"
                   "- route:\n"
                   "  - destination: {host: 5, subst: v1}\n"
                   "    weight: x\n"
                   "  - weight: 1.5\n"
                   "  - destination: foo\n"
                   "  timeout: 5 minutes\n"
                   "  retries: {attempts: '3'}\n"
                   "-\n"
                   "zzz: 1\n",
                   vs),
              ElementsAre("1: hosts: expected a list, found \"reviews\"",
                          "4: http[0].route[0].destination.host: expected a string, found the number 5; put it in quotes",
                          "4: http[0].route[0].destination.subst: unknown field; did you mean subset?",
                          "5: http[0].route[0].weight: expected an integer, found \"x\"",
                          "6: http[0].route[1].weight: expected an integer, found the number 1.5",
                          "7: http[0].route[2].destination: expected a mapping, found \"foo\"",
                          "8: http[0].timeout: expected a duration such as 10s, 500ms or 1h30m, found \"5 minutes\"",
                          "9: http[0].retries.attempts: expected an integer, found \"3\"", HasSubstr("http[1]: an empty entry in a list"),
                          HasSubstr("11: zzz: unknown field; VirtualService has hosts, gateways")));
}

TEST(ProtoReaderTest, NumbersAndTheirBounds) {
  HTTPRouteDestination route;
  EXPECT_THAT(read("weight: 0x10", route), IsEmpty());
  EXPECT_EQ(route.weight(), 16);
  EXPECT_THAT(read("weight: 1e2", route), IsEmpty());
  EXPECT_EQ(route.weight(), 100);
  EXPECT_THAT(read("weight: -2147483648", route), IsEmpty());
  EXPECT_EQ(route.weight(), INT32_MIN);
  EXPECT_THAT(read("weight: 2147483648", route), ElementsAre("1: weight: 2147483648 is not between -2147483648 and 2147483647"));
  PortSelector port;
  EXPECT_THAT(read("number: -1", port), ElementsAre("1: number: -1 is not between 0 and 4294967295"));
  EXPECT_THAT(read("number: 99999999999999999999999", port), testing::SizeIs(1));
  Percent percent;
  EXPECT_THAT(read("value: 12", percent), IsEmpty());
  EXPECT_EQ(percent.value(), 12);
  EXPECT_THAT(read("value: '12'", percent), ElementsAre("1: value: expected a number, found \"12\""));
}

TEST(ProtoReaderTest, EnumsListTheirValues) {
  LoadBalancerSettings lb;
  EXPECT_THAT(read("simple: LEAST_REQUEST", lb), IsEmpty());
  EXPECT_EQ(lb.simple(), LoadBalancerSettings::LEAST_REQUEST);
  EXPECT_THAT(read("simple: FASTEST", lb), ElementsAre(HasSubstr("expected one of UNSPECIFIED, LEAST_CONN, RANDOM")));
  EXPECT_THAT(read("simple: 2", lb), IsEmpty());
  EXPECT_THAT(read("simple: 99", lb), testing::SizeIs(1));
}

TEST(ProtoReaderTest, AOneofIsGivenOnce) {
  StringMatch match;
  EXPECT_THAT(read("exact: a\nprefix: b\n", match), ElementsAre("2: prefix: excludes exact: only one of the two may be given"));
  EXPECT_EQ(match.exact(), "a");
}

TEST(ProtoReaderTest, WrappersStructsAndMaps) {
  EnvoyFilter filter;
  EXPECT_THAT(read("configPatches: [{applyTo: HTTP_FILTER, patch: {value: {a: 1, b: [true, null, 'x', 1.5], c: {d: yes}}}}]", filter),
              IsEmpty());
  const auto& fields = filter.config_patches(0).patch().value().fields();
  EXPECT_EQ(fields.at("a").number_value(), 1);
  EXPECT_EQ(fields.at("b").list_value().values_size(), 4);
  EXPECT_TRUE(fields.at("c").struct_value().fields().at("d").bool_value());
  OutlierDetection outlier;
  EXPECT_THAT(read("consecutive5xxErrors: 7\nconsecutiveGatewayErrors: null\n", outlier), IsEmpty());
  EXPECT_EQ(outlier.consecutive_5xx_errors().value(), 7u);
  EXPECT_FALSE(outlier.has_consecutive_gateway_errors());
  EXPECT_THAT(read("consecutive5xxErrors: many", outlier), testing::SizeIs(1));
  Subset subset;
  EXPECT_THAT(read("labels: {a: b, c: 1}", subset),
              ElementsAre("1: labels[\"c\"]: expected a string, found the number 1; put it in quotes"));
  EXPECT_EQ(subset.labels().at("a"), "b");
  istio::security::v1beta1::PeerAuthentication peer;
  EXPECT_THAT(read("portLevelMtls: {8080: {mode: DISABLE}}", peer), IsEmpty());
  EXPECT_EQ(peer.port_level_mtls().at(8080).mode(), istio::security::v1beta1::PeerAuthentication_MutualTLS::DISABLE);
  EXPECT_THAT(read("portLevelMtls: {http: {mode: DISABLE}}", peer), testing::SizeIs(1));
}

TEST(ProtoReaderTest, ANamedFieldReplacesWhatWasThere) {
  istio::mesh::v1alpha1::MeshConfig config;
  config.add_default_service_export_to("*");
  config.set_root_namespace("kept");
  EXPECT_THAT(read("defaultServiceExportTo: [a]", config), IsEmpty());
  ASSERT_EQ(config.default_service_export_to_size(), 1);
  EXPECT_EQ(config.default_service_export_to(0), "a");
  EXPECT_EQ(config.root_namespace(), "kept");
}

TEST(ProtoReaderTest, BytesAreBase64) {
  HTTPBody body;
  EXPECT_THAT(read("bytes: aGVsbG8=", body), IsEmpty());
  EXPECT_EQ(body.bytes(), "hello");
  EXPECT_THAT(read("bytes: '***'", body), ElementsAre("1: bytes: is not base64"));
}

}  // namespace
}  // namespace amime::source
