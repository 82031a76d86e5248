#include "identity/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/issuer_testing.h"

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
using identity::testing::base64url;
using identity::testing::Issuer;
using ::testing::HasSubstr;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const JwtRules kRules{"https://issuer.example", {"istio-ca", "amime"}};
const std::string kClaims =
    R"({"iss":"https://issuer.example","sub":"system:serviceaccount:shop:cart","aud":["other","istio-ca"],"exp":1800003600})";

class JwtTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { issuer_ = new Issuer(); }
  static void TearDownTestSuite() { delete issuer_; }
  std::string error(std::string_view token, Time now = kNow) const {
    return std::string(subject_of_token(token, keys_, kRules, now).status().message());
  }
  static std::string with(std::string claims, std::string_view before, std::string_view after) {
    return claims.replace(claims.find(before), before.size(), after);
  }
  static Issuer* issuer_;
  KeySet keys_ = *KeySet::parse(issuer_->key_set());
};
Issuer* JwtTest::issuer_ = nullptr;

TEST_F(JwtTest, SaysWhoCalls) {
  for (const std::string& token : {issuer_->rsa_token(kClaims), issuer_->ec_token(kClaims)})
    EXPECT_EQ(subject_of_token(token, keys_, kRules, kNow).value_or(""), "system:serviceaccount:shop:cart");
  EXPECT_EQ(error(issuer_->rsa_token(with(kClaims, R"(["other","istio-ca"])", R"("amime")"))), "");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"RS256"})", kClaims)), "");  // without `kid`: whichever key fits
}

TEST_F(JwtTest, KnowsTheStandardsOwnExample) {
  const auto keys = KeySet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})");  // RFC 7515, A.3
  ASSERT_TRUE(keys.ok());
  const std::string text =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  std::string signature;
  ASSERT_TRUE(decode_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", &signature));
  EXPECT_TRUE(keys->verify("ES256", "", text, signature).ok());
  EXPECT_FALSE(keys->verify("ES256", "", text + "A", signature).ok());
}

TEST_F(JwtTest, ClaimsMustHold) {
  const auto refused = [&](std::string_view before, std::string_view after) {
    return error(issuer_->rsa_token(with(kClaims, before, after)));
  };
  EXPECT_EQ(refused("issuer.example", "other.example"), "the token is of another issuer");
  EXPECT_EQ(refused("istio-ca", "vault"), "the token is for another audience");
  EXPECT_EQ(refused(R"("exp":1800003600)", R"("exp":"1800003600")"), "the token does not say when it expires");
  EXPECT_EQ(refused(R"(,"exp":1800003600)", ""), "the token does not say when it expires");
  EXPECT_EQ(refused("1800003600", "1799999940"), "the token has expired");
  EXPECT_EQ(refused("1800003600", "1799999941"), "");  // a clock behind ours by a minute
  EXPECT_EQ(refused("}", R"(,"nbf":1800000061})"), "the token is not valid yet");
  EXPECT_EQ(refused("system:serviceaccount:shop:cart", ""), "the token names nobody");
  EXPECT_EQ(error(issuer_->rsa_token(kClaims), kNow + 2h), "the token has expired");
}

TEST_F(JwtTest, WhatTheHeaderSaysOpensNothing) {
  const std::string unsigned_text = base64url(R"({"alg":"none"})") + "." + base64url(kClaims);
  EXPECT_EQ(error(unsigned_text + "."), "the token's algorithm is not taken");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"HS256","kid":"rsa"})", kClaims)), "the token's algorithm is not taken");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"ES256","kid":"rsa"})", kClaims)), "the token's issuer has no such key");
  EXPECT_EQ(error(issuer_->sign("ec", R"({"alg":"RS256","kid":"rsa"})", kClaims)), "the token's signature is wrong");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"RS256","kid":"gone"})", kClaims)), "the token's issuer has no such key");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"RS256","crit":["x"],"x":1})", kClaims)),
            "the token asks for extensions that are not known here");
  EXPECT_EQ(error(issuer_->sign("rsa", R"({"alg":"RS256","alg":"none"})", kClaims)), "not a signed token");
}

TEST_F(JwtTest, AnotherIssuersKeysAreNotOurs) { EXPECT_EQ(error(Issuer().rsa_token(kClaims)), "the token's signature is wrong"); }

TEST_F(JwtTest, WhatWasChangedIsRefused) {
  const std::string token = issuer_->ec_token(kClaims);
  for (std::size_t at = 0; at < token.size(); at += 7) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(error(changed), "") << at;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), token + "A", token + ".", std::string(1 << 20, 'a')})
    EXPECT_NE(error(text), "") << text.substr(0, 50);
}

TEST(KeySet, SaysWhatIsWrongWithIt) {
  for (const char* json :
       {"", "[]", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})", R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]})", "{\"keys\":"})
    EXPECT_FALSE(KeySet::parse(json).ok()) << json;
  const std::string zeros(43, 'A');  // a point that is not on the curve
  EXPECT_FALSE(KeySet::parse(R"({"keys":[{"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + R"("}]})").ok());
}

TEST(Base64url, HasOneTextForEachBytes) {
  std::string out;
  EXPECT_TRUE(decode_base64url("AQAB", &out));
  EXPECT_EQ(out, std::string("\1\0\1", 3));
  EXPECT_TRUE(decode_base64url("-_8", &out));
  EXPECT_EQ(out, "\xfb\xff");
  for (const char* text : {"A", "AQAB=", "AQ B", "+/8", "-_9"}) EXPECT_FALSE(decode_base64url(text, &out)) << text;
}

TEST(Subject, IsAServiceAccount) {
  EXPECT_EQ(identity_of_subject("system:serviceaccount:shop:cart", "td"), (Identity{"td", "shop", "cart"}));
  for (const char* subject :
       {"", "system:serviceaccount:", "system:serviceaccount:shop", "system:serviceaccount:shop:", "system:serviceaccount::cart",
        "system:serviceaccount:shop:cart:x", "system:node:shop:cart", "system:serviceaccount:shop/sa/x:cart"})
    EXPECT_EQ(identity_of_subject(subject, "td"), std::nullopt) << subject;
}

}  // namespace
}  // namespace amime::identity
