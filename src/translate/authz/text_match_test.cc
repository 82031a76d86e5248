#include "translate/authz/text_match.h"

#include <gtest/gtest.h>

#include "envoy/type/matcher/v3/string.pb.h"

namespace amime::translate {
namespace {

using Texts = std::vector<std::string>;

std::string matched(std::string_view value, std::string_view prefix = {}) {
  envoy::type::matcher::v3::StringMatcher out;
  match_text(value, &out, prefix);
  return out.ShortDebugString();
}

TEST(TextMatch, AllFourWaysOfWriting) {
  EXPECT_EQ(matched("a.b"), R"(exact: "a.b")");
  EXPECT_EQ(matched("a*"), R"(prefix: "a")");
  EXPECT_EQ(matched("*b"), R"(suffix: "b")");
  EXPECT_EQ(matched("*"), R"(safe_regex { regex: ".+" })");
}

TEST(TextMatch, BehindAScheme) {
  EXPECT_EQ(matched("td/ns/a", "spiffe://"), R"(exact: "spiffe://td/ns/a")");
  EXPECT_EQ(matched("td/*", "spiffe://"), R"(prefix: "spiffe://td/")");
  EXPECT_EQ(matched("*/sa/a.b", "spiffe://"), R"(safe_regex { regex: "spiffe://.*\\/sa\\/a\\.b" })");
  EXPECT_EQ(matched("*", "spiffe://"), R"(safe_regex { regex: ".+" })");
}

TEST(TextMatch, NamesInBrackets) {
  EXPECT_EQ(names_in_brackets("[a]"), Texts{"a"});
  EXPECT_EQ(names_in_brackets("[a][b.c]"), (Texts{"a", "b.c"}));
  EXPECT_EQ(names_in_brackets("[a[b]"), Texts{"a[b"}) << "one claim with a bracket in its name";
  EXPECT_EQ(names_in_brackets("a"), Texts{});
}

}  // namespace
}  // namespace amime::translate
