#include "base/tree.h"

#include <gtest/gtest.h>

namespace amime::base {
namespace {

Tree yaml(std::string_view text) {
  auto documents = parse_yaml(text);
  EXPECT_EQ(documents.size(), 1u);
  EXPECT_TRUE(documents.at(0).errors.empty()) << documents[0].errors[0].message;
  return documents[0].tree;
}

std::string error_of(const std::vector<TreeDocument>& documents) {
  for (const auto& document : documents)
    for (const auto& error : document.errors) return std::to_string(error.line) + ": " + error.message;
  return "";
}

TEST(TreeTest, KeepsPlacesAndQuotes) {
  const Tree tree = yaml("a: 1\nb:\n  - x\n  - \"2\"\nc: {d: ~}\n");
  EXPECT_EQ(tree["a"].text(), "1");
  EXPECT_FALSE(tree["a"].quoted());
  ASSERT_EQ(tree["b"].items().size(), 2u);
  EXPECT_EQ(tree["b"].items()[1].text(), "2");
  EXPECT_TRUE(tree["b"].items()[1].quoted());
  EXPECT_EQ(tree["b"].items()[1].line(), 4);
  EXPECT_EQ(tree["b"].items()[1].column(), 5);
  EXPECT_EQ(tree.entry("c")->line, 5);
  EXPECT_TRUE(tree["c"]["d"].is_null());
  EXPECT_TRUE(tree["no"]["such"]["thing"].is_null());
  EXPECT_EQ(tree.find("no"), nullptr);
}

TEST(TreeTest, JsonAndYamlAgree) {
  const std::string text = "{\"a\": [1, -2, 1.5, true, null, \"3\", \"\\u00e9\\n\"],\n \"b\": {}, \"c\": []}";
  auto json = parse_json(text);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(to_json(json[0].tree), to_json(yaml(text)));
  EXPECT_TRUE(json[0].tree["a"].items()[5].quoted());
  EXPECT_EQ(json[0].tree.entry("b")->line, 2);
}

TEST(TreeTest, SeveralJsonValues) {
  auto documents = parse_json("{\"a\":1}\n{\"a\":2}\n\n");
  ASSERT_EQ(documents.size(), 2u);
  EXPECT_EQ(documents[1].tree["a"].text(), "2");
  EXPECT_EQ(documents[1].tree["a"].line(), 2);
  EXPECT_TRUE(parse_json("  \n").empty());
}

TEST(TreeTest, JsonErrorsNameTheLine) {
  EXPECT_EQ(error_of(parse_json("{\"a\":1,\n\n]")).substr(0, 10), "3: not JSO");
  EXPECT_NE(error_of(parse_json("{\"a\":")), "");
  EXPECT_NE(error_of(parse_json("{\"a\":\"\xff\"}")), "");
}

TEST(TreeTest, YamlErrorsNameTheLine) {
  EXPECT_EQ(error_of(parse_yaml("a: 1\nb: [1, 2\nc: 3\n", 10)).substr(0, 3), "12:");
  EXPECT_EQ(error_of(parse_yaml("? [a]\n: b\n")), "1: a key must be a scalar");
  EXPECT_NE(error_of(parse_yaml(std::string_view("a\0b", 3))), "");
}

TEST(TreeTest, KeyTwice) {
  EXPECT_EQ(error_of(parse_yaml("a: 1\nb: 2\na: 3\n")), "3: key \"a\" stands twice in one mapping, first in line 1");
  EXPECT_EQ(error_of(parse_json("{\"a\":1,\n\"a\":3}")), "2: key \"a\" stands twice in one mapping, first in line 1");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "k" + std::to_string(i % 39) + ": 1\n";
  EXPECT_EQ(error_of(parse_yaml(many)), "40: key \"k0\" stands twice in one mapping, first in line 1");
}

TEST(TreeTest, AnchorsAndMergeKeys) {
  const Tree tree = yaml("base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\none:\n  <<: *b\n  y: 5\ntwo:\n  <<: [*o, *b]\nthree: *b\n");
  EXPECT_EQ(to_json(tree["one"]), "{\"y\":5,\"x\":1}");
  EXPECT_EQ(to_json(tree["two"]), "{\"y\":3,\"z\":4,\"x\":1}");
  EXPECT_EQ(to_json(tree["three"]), "{\"x\":1,\"y\":2}");
  EXPECT_NE(error_of(parse_yaml("a: {<<: 3}")), "");
  EXPECT_NE(error_of(parse_yaml("a: &x [*x]")), "");
}

TEST(TreeTest, BillionLaughsIsAnError) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j ? ", *a" : "*a") + std::to_string(i - 1);
    text += "]\n";
  }
  EXPECT_NE(error_of(parse_yaml(text)).find("nodes, aliases included"), std::string::npos);
}

TEST(TreeTest, DepthAndSizeAreBounded) {
  EXPECT_NE(error_of(parse_yaml(std::string(200, '[') + std::string(200, ']'))), "");
  EXPECT_NE(error_of(parse_json("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}")), "");
  TreeLimits limits;
  limits.bytes = 4;
  EXPECT_NE(error_of(parse_yaml("a: 12", 1, limits)), "");
  EXPECT_NE(error_of(parse_json("{\"a\": 12}", limits)), "");
}

TEST(TreeTest, SplitsDocuments) {
  const std::string text = "# c\n---\na: |\n  --- no\n---   # two\nb: 1\n----\n...\n---\n";
  auto parts = split_documents(text);
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[1].line, 2);
  EXPECT_EQ(parts[2].line, 5);
  EXPECT_EQ(text.substr(parts[3].offset, parts[3].size), "---\n");
  EXPECT_EQ(parts[3].line, 9);
  EXPECT_TRUE(split_documents("").empty());
  EXPECT_EQ(split_documents("---\na: 1").size(), 1u);
}

TEST(TreeTest, ScalarTypes) {
  for (const char* text : {"1", "-1", "+5", "0x1F", "0123"}) EXPECT_EQ(scalar_type(text), ScalarType::kInteger) << text;
  for (const char* text : {"1.5", ".5", "1e3", "-2.5E-3", ".inf", "-.inf", ".nan", "1."})
    EXPECT_EQ(scalar_type(text), ScalarType::kFloat) << text;
  for (const char* text : {"true", "FALSE", "yes", "off"}) EXPECT_EQ(scalar_type(text), ScalarType::kBool) << text;
  for (const char* text : {"a", "1a", "1.2.3", "v1", "-", ".", "1e", "10.0.0.1", "0x", "y", "-a", "1-2"})
    EXPECT_EQ(scalar_type(text), ScalarType::kString) << text;
  for (const char* text : {"", "~", "null"}) EXPECT_EQ(scalar_type(text), ScalarType::kNull) << text;
  EXPECT_TRUE(bool_value("Yes"));
  EXPECT_FALSE(bool_value("no"));
}

TEST(TreeTest, Describe) {
  const Tree tree = yaml("[1, 'x', true, [], {}, ~, 1.5]");
  const auto items = tree.items();
  EXPECT_EQ(items[0].describe(), "the number 1");
  EXPECT_EQ(items[1].describe(), "\"x\"");
  EXPECT_EQ(items[2].describe(), "the boolean true");
  EXPECT_EQ(items[3].describe(), "a list");
  EXPECT_EQ(items[4].describe(), "a mapping");
  EXPECT_EQ(items[5].describe(), "nothing");
}

TEST(TreeTest, EmitsJsonThatReadsBackEqual) {
  const Tree tree = yaml("a: 0x10\nb: 012\nc: '012'\nd: .5\ne: .inf\nf: yes\ng: \"a\\tb\\\"c\\u0001\"\nh: -0\ni: 5\n");
  const std::string json = to_json(tree);
  EXPECT_EQ(json,
            "{\"a\":\"0x10\",\"b\":12,\"c\":\"012\",\"d\":0.5,\"e\":\".inf\",\"f\":true,\"g\":\"a\\tb\\\"c\\u0001\",\"h\":-0,\"i\":5}");
  EXPECT_TRUE(error_of(parse_json(json)).empty());
}

TEST(TreeTest, Utf8) {
  EXPECT_EQ(invalid_utf8_line("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 0);
  EXPECT_EQ(invalid_utf8_line("a\n\xff"), 2);
  EXPECT_EQ(invalid_utf8_line("a\xc3"), 1);
  EXPECT_EQ(invalid_utf8_line("\xe0\x80\x80"), 1);
  EXPECT_EQ(invalid_utf8_line("\xed\xa0\x80"), 1);
  EXPECT_EQ(invalid_utf8_line("\xc0\xaf"), 1);
}

}  // namespace
}  // namespace amime::base
