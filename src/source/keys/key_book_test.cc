#include "source/keys/key_book.h"

#include <gtest/gtest.h>

#include "mesh/testing.h"
#include "source/keys/key_check.h"

namespace amime::source {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const KeyTime kStart{seconds(1000)};
constexpr const char* kKeys = R"({"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]})";

mesh::ObjectPtr policy(const std::string& name, const std::string& rules) {
  return mesh::testing::istio(mesh::Kind::kRequestAuthentication, "a", name, R"({"jwtRules":[)" + rules + "]}");
}
std::vector<mesh::Change> with(const mesh::ObjectPtr& object) { return {mesh::testing::add(object)}; }
std::vector<mesh::Change> without(const mesh::ObjectPtr& object) { return {mesh::testing::remove(object)}; }

TEST(KeyBook, AsksAtOnceAndAgainLater) {
  KeyBook book({});
  EXPECT_FALSE(book.next());
  EXPECT_TRUE(book.watch(with(policy("p", R"({"issuer":"i","jwksUri":"http://k","timeout":"9s"})")), kStart).empty());
  const auto due = book.due(kStart);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->uri, "http://k");
  EXPECT_EQ(due->timeout, seconds(9));
  const auto change = book.took("http://k", kKeys, kStart);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->object->as<mesh::KeySet>().json, kKeys);
  EXPECT_FALSE(book.due(kStart + minutes(19)));
  EXPECT_TRUE(book.due(kStart + minutes(20)));
  EXPECT_FALSE(book.took("http://k", kKeys, kStart + minutes(20))) << "the same keys are no change";
}

TEST(KeyBook, AFailureKeepsTheKeysAndIsTriedAgainSooner) {
  KeyBook book({});
  book.watch(with(policy("p", R"({"issuer":"i","jwksUri":"http://k"})")), kStart);
  book.took("http://k", kKeys, kStart);
  book.failed("http://k", "refused", kStart);
  EXPECT_TRUE(book.status().at(0).has_keys);
  EXPECT_EQ(book.status().at(0).error, "refused");
  EXPECT_EQ(book.next(), kStart + seconds(1));
  book.failed("http://k", "refused", kStart);
  EXPECT_EQ(book.next(), kStart + seconds(2));
  for (int i = 0; i < 20; ++i) book.failed("http://k", "refused", kStart);
  EXPECT_EQ(book.next(), kStart + minutes(1));
}

TEST(KeyBook, WhatNobodyAsksForGoes) {
  KeyBook book({});
  const auto one = policy("one", R"({"issuer":"i","jwksUri":"http://k"})"), two = policy("two", R"({"issuer":"j","jwksUri":"http://k"})");
  book.watch(with(one), kStart);
  book.watch(with(two), kStart);
  EXPECT_TRUE(book.watch(without(one), kStart).empty());
  const auto gone = book.watch(without(two), kStart);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].object, nullptr);
  EXPECT_EQ(gone[0].key.name, "http://k");
  EXPECT_FALSE(book.took("http://k", kKeys, kStart)) << "an answer that came late";
}

TEST(KeyBook, KeysOfAProcessBeforeAreThereAtOnce) {
  KeyBook book({});
  book.remember("http://k", kKeys);
  EXPECT_EQ(book.watch(with(policy("p", R"({"issuer":"i","jwksUri":"http://k"})")), kStart).size(), 1u);
  EXPECT_TRUE(book.due(kStart)) << "and asked for all the same";
}

TEST(KeyBook, WithoutAUriTheIssuerSaysWhere) {
  KeyBook book({});
  book.watch(with(policy("p", R"({"issuer":"https://i.example/"},{"issuer":"x","jwks":"{}"})")), kStart);
  EXPECT_EQ(book.due(kStart)->uri, "https://i.example/.well-known/openid-configuration");
  EXPECT_EQ(book.status().size(), 1u);
}

TEST(KeyCheck, OneUsableKeyIsEnough) {
  EXPECT_EQ(wrong_with_key_set(kKeys), "");
  EXPECT_EQ(wrong_with_key_set(R"({"kty":"EC","crv":"P-256","x":"a","y":"b"})"), "");
  EXPECT_EQ(wrong_with_key_set(R"({"keys":[{"kty":"none"},{"kty":"RSA","n":"a","e":"b"}]})"), "");
  for (const char* bad :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[{"kty":"RSA","n":"a"}]})", R"({"kty":"EC","x":1})"})
    EXPECT_NE(wrong_with_key_set(bad), "") << bad;
}

}  // namespace
}  // namespace amime::source
