#include "source/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/testing.h"

namespace amime::source {
namespace {

using mesh::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

const char kRoute[] =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r}\n"
    "spec: {hosts: [r], http: [{route: [{destination: {host: r}}]}]}\n";

TEST(ParseTest, ReadsEveryDocument) {
  const ParsedFile file = parse_documents(
      std::string("# head\n---\n") + kRoute + "---\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n, labels: {a: b}}\n", "f.yaml");
  EXPECT_THAT(file.problems, IsEmpty());
  EXPECT_TRUE(file.complete);
  ASSERT_EQ(file.objects.size(), 2u);
  EXPECT_EQ(to_string(file.objects[0].key), "VirtualService default/r");
  EXPECT_EQ(file.objects[0].line, 3);
  EXPECT_EQ(file.objects[0].object->origin.file, "f.yaml");
  const auto& spec = file.objects[0].object->spec<istio::networking::v1alpha3::VirtualService>();
  EXPECT_EQ(spec.http(0).route(0).destination().host(), "r");
  EXPECT_EQ(to_string(file.objects[1].key), "Namespace n");
  EXPECT_EQ(file.objects[1].object->labels.at("a"), "b");
}

TEST(ParseTest, ASyntaxErrorSparesTheOtherDocuments) {
  const ParsedFile file = parse_documents(std::string("a: [1\n---\n") + kRoute + "---\n: : :\n - x\n", "f.yaml");
  EXPECT_FALSE(file.complete);
  ASSERT_EQ(file.objects.size(), 1u);
  EXPECT_TRUE(file.objects[0].object);
  EXPECT_GE(file.problems.size(), 1u);
  EXPECT_EQ(file.problems[0].file, "f.yaml");
}

TEST(ParseTest, JsonAndYamlGiveEqualObjects) {
  const auto yaml = parse_documents(kRoute, "f.yaml");
  const auto json = parse_documents(*yaml.objects[0].json, "f.json");
  ASSERT_EQ(json.objects.size(), 1u);
  EXPECT_EQ(json.objects[0].object->digest, yaml.objects[0].object->digest);
}

TEST(ParseTest, FlowYamlMayBeginLikeJson) {
  EXPECT_THAT(problems_of("{apiVersion: v1, kind: Namespace, metadata: {name: n}}"), IsEmpty());
  EXPECT_THAT(parse_documents("{apiVersion: v1}", "f.json").problems, testing::SizeIs(1));
}

TEST(ParseTest, Lists) {
  const ParsedFile file = parse_documents(
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, "
      "metadata: {name: s}}\n---\n"
      "apiVersion: v1\nkind: NamespaceList\nitems: [{metadata: {name: b}}]\n---\napiVersion: v1\nkind: List\nitems: []\n",
      "f.yaml");
  EXPECT_THAT(problems_of(file), IsEmpty());
  ASSERT_EQ(file.objects.size(), 3u);
  EXPECT_EQ(file.objects[0].line, 4);
  EXPECT_EQ(file.objects[2].key.name, "b");
  EXPECT_FALSE(file.objects[1].json) << "a Secret is never recorded";
  EXPECT_THAT(problems_of("apiVersion: v1\nkind: List\nitems: {a: 1}\n"), ElementsAre("3: : items: expected a list, found a mapping"));
}

TEST(ParseTest, UnknownKindsAreCounted) {
  const ParsedFile file = parse_documents(
      "apiVersion: example.com/v1\nkind: Foo\n---\napiVersion: example.com/v1\nkind: Foo\n---\napiVersion: networking.istio.io/v9\nkind: "
      "Gateway\n",
      "f");
  EXPECT_THAT(file.unknown_kinds, UnorderedElementsAre(Pair("example.com/v1 Foo", 2), Pair("networking.istio.io/v9 Gateway", 1)));
  EXPECT_THAT(file.problems, IsEmpty());
  EXPECT_TRUE(file.complete);
}

TEST(ParseTest, WhatIsNoObject) {
  EXPECT_THAT(problems_of("a: 1\n"), ElementsAre(HasSubstr("warning 1: : no object of Kubernetes")));
  EXPECT_THAT(problems_of("- a\n"), ElementsAre("1: : expected an object, found a list"));
  EXPECT_THAT(problems_of("kind: Pod\n"), ElementsAre("1: : apiVersion: is required"));
  EXPECT_THAT(problems_of("apiVersion: v1\n"), ElementsAre("1: : kind: is required"));
  EXPECT_THAT(problems_of("a: \xff"), ElementsAre("1: : not UTF-8"));
  EXPECT_FALSE(parse_documents("kind: Pod\n", "f").complete);
}

TEST(ParseTest, MetadataIsChecked) {
  EXPECT_THAT(problems_of("apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    v: 1\n    t: true\n  name: Bad_Name\n  namespace: a.b\n"),
              ElementsAre("5: metadata.labels[\"v\"]: expected a string, found the number 1; put it in quotes",
                          "6: metadata.labels[\"t\"]: expected a string, found the boolean true; put it in quotes",
                          HasSubstr("7: metadata.name: \"Bad_Name\" is not a DNS name"),
                          HasSubstr("8: metadata.namespace: \"a.b\" is not a DNS label")));
  const ParsedFile nameless = parse_documents("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "f");
  EXPECT_THAT(problems_of(nameless), ElementsAre("3: metadata.name: is required"));
  EXPECT_FALSE(nameless.complete);
  EXPECT_THAT(problems_of("apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: null, generation: x}\n"), IsEmpty());
  EXPECT_THAT(problems_of("apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: yesterday}\n"), testing::SizeIs(1));
  EXPECT_EQ(parse_documents("apiVersion: v1\nkind: Pod\nmetadata: {name: a, creationTimestamp: 2024-02-01T10:00:00Z}\n", "f")
                .objects[0]
                .object->created,
            1706781600);
}

TEST(ParseTest, AKeyTwiceMakesTheObjectBadButNamed) {
  const ParsedFile file = parse_documents("apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\nspec: {}\nspec: {}\n", "f");
  ASSERT_EQ(file.objects.size(), 1u);
  EXPECT_FALSE(file.objects[0].object);
  ASSERT_EQ(file.problems.size(), 1u);
  EXPECT_EQ(to_string(file.problems[0]), "f:5: Namespace n: key \"spec\" stands twice in one mapping, first in line 4");
  EXPECT_TRUE(file.complete);
}

TEST(ParseTest, IstioObjectsHaveNoOtherTopFields) {
  EXPECT_THAT(problems_of("apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: x}\nsepc: {}\n"),
              testing::Contains("4: sepc: unknown field; did you mean spec?"));
}

TEST(DocumentCacheTest, UnchangedDocumentsAreNotReadAgain) {
  auto document = [](int i, const std::string& extra = "") {
    return "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n" + std::to_string(i) + "}\n" + extra;
  };
  const std::string bad = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {a: 1}}\n";
  DocumentCache cache;
  const ParsedFile first = parse_documents(document(1) + document(2) + bad, "f", {}, &cache);
  const ParsedFile second = parse_documents(document(1, "# longer\n") + document(2) + bad, "f", {}, &cache);
  ASSERT_EQ(second.objects.size(), 3u);
  EXPECT_NE(second.objects[0].object, first.objects[0].object);
  EXPECT_EQ(second.objects[1].json, first.objects[1].json) << "was parsed again";
  EXPECT_EQ(second.objects[1].line, 7);
  EXPECT_EQ(second.objects[1].object->origin.line, 7);
  EXPECT_EQ(first.objects[1].object->origin.line, 6);
  EXPECT_EQ(problems_of(second)[0].substr(0, 3), "13:");
  const ParsedFile third = parse_documents(document(1, "# longer\n") + document(2) + bad, "f", {}, &cache);
  EXPECT_EQ(third.objects[1].object, second.objects[1].object);
  EXPECT_EQ(problems_of(third), problems_of(second));
  parse_documents(document(1) + document(3), "f", {}, &cache);
  const ParsedFile again = parse_documents(document(1) + document(2), "f", {}, &cache);
  EXPECT_NE(again.objects[1].json, second.objects[1].json) << "what is gone is forgotten";
}

TEST(MeshConfigTest, DefaultsAndOverrides) {
  const ParsedFile file = parse_mesh_config("enableTracing: false\nnoSuch: 1\n", "mesh.yaml");
  EXPECT_THAT(problems_of(file), ElementsAre(HasSubstr("warning 2: noSuch: unknown field")));
  ASSERT_EQ(file.objects.size(), 1u);
  ASSERT_TRUE(file.objects[0].object);
  EXPECT_EQ(file.objects[0].key, mesh_config_key());
  EXPECT_TRUE(parse_mesh_config("", "mesh.yaml").objects.at(0).object);
  EXPECT_FALSE(parse_mesh_config("enableTracing: maybe", "mesh.yaml").objects.at(0).object);
  EXPECT_FALSE(parse_mesh_config("a: [", "mesh.yaml").objects.at(0).object);
}

TEST(MeshConfigTest, FromTheConfigMapOfTheRootNamespace) {
  const std::string map =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |-\n    accessLogFile: 1\n";
  const ParsedFile file = parse_documents(map, "f");
  ASSERT_EQ(file.objects.size(), 2u);
  EXPECT_EQ(file.objects[1].key, mesh_config_key());
  EXPECT_THAT(problems_of(file), ElementsAre("6: accessLogFile: expected a string, found the number 1; put it in quotes"));
  ParseOptions options;
  options.config_map_is_mesh_config = false;
  EXPECT_EQ(parse_documents(map, "f", options).objects.size(), 1u);
  EXPECT_EQ(parse_mesh_config(map, "f").objects.at(0).key, mesh_config_key());
}

}  // namespace
}  // namespace amime::source
