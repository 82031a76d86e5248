#include "identity/authenticator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "identity/issuer_testing.h"

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const Identity kCart{"cluster.local", "shop", "cart"};

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    std::filesystem::remove_all(dir_);
    keys_->publish(std::make_shared<const KeySet>(*KeySet::parse(issuer_.key_set())));
  }
  ~AuthenticatorTest() override { std::filesystem::remove_all(dir_); }

  static Caller caller(std::vector<std::string> uris, std::string authorization = "") {
    return {true, std::move(uris), "", Secret(std::move(authorization)), "127.0.0.1:1"};
  }
  std::string token(std::string_view subject = "system:serviceaccount:shop:cart") const {
    return issuer_.ec_token(R"({"iss":"i","aud":"istio-ca","exp":1800003600,"sub":")" + std::string(subject) + "\"}");
  }
  Authenticator authenticator() const { return Authenticator({.issuers = {{{"i", {"istio-ca"}}, keys_}}, .tokens_dir = dir_}); }
  std::string error(const Caller& caller) const { return std::string(authenticator().of_request(caller, kNow).status().message()); }

  testing::Issuer issuer_;
  std::shared_ptr<base::Published<KeySet>> keys_ = std::make_shared<base::Published<KeySet>>();
  std::string dir_ = ::testing::TempDir() + "/authenticator-" + std::to_string(getpid());
};

TEST_F(AuthenticatorTest, ACertificateIsAProof) {
  EXPECT_EQ(*authenticator().of_stream(caller({"spiffe://cluster.local/ns/shop/sa/cart"}), kNow), kCart);
  EXPECT_THAT(error(caller({"spiffe://elsewhere/ns/shop/sa/cart"})), HasSubstr("another trust domain"));
  EXPECT_THAT(error(caller({"https://cluster.local"})), HasSubstr("names no workload"));
  EXPECT_THAT(error(caller({"spiffe://cluster.local/ns/a/sa/b", "spiffe://cluster.local/ns/c/sa/d"})), HasSubstr("2 URI names"));
}

TEST_F(AuthenticatorTest, ATokenOfAnIssuerIsAProof) {
  EXPECT_EQ(*authenticator().of_stream(caller({}, "Bearer " + token()), kNow), kCart);
  EXPECT_EQ(*authenticator().of_request(caller({"https://not-ours"}, "Bearer " + token()), kNow), kCart);
  EXPECT_THAT(error(caller({}, "Bearer " + token("somebody"))), HasSubstr("no service account"));
  EXPECT_THAT(error(caller({}, "Basic " + token())), HasSubstr("no bearer token"));
  EXPECT_THAT(error(caller({})), HasSubstr("no client certificate and no bearer token"));
}

TEST_F(AuthenticatorTest, AJoinTokenIsAProofForOneCertificate) {
  const auto made = JoinTokens(dir_).create({"shop", "cart"}, 1h, kNow);
  const Caller it = caller({}, "Bearer " + std::string(made->token.reveal()));
  EXPECT_FALSE(authenticator().of_stream(it, kNow).ok());  // nor is it used up by that
  EXPECT_EQ(*authenticator().of_request(it, kNow), kCart);
  EXPECT_THAT(error(it), HasSubstr("used up"));
}

TEST_F(AuthenticatorTest, WithoutTheIssuersKeysNothingIsProven) {
  keys_->publish(nullptr);
  EXPECT_THAT(error(caller({}, "Bearer " + token())), HasSubstr("not fetched yet"));
}

TEST_F(AuthenticatorTest, APageIsForTokensOfIssuersAlone) {
  EXPECT_EQ(*authenticator().of_page(Secret("Bearer " + token()), kNow), kCart);
  const auto made = JoinTokens(dir_).create({"shop", "cart"}, 1h, kNow);
  for (const std::string& bad : {std::string(), token(), std::string("Bearer "), "Bearer " + std::string(made->token.reveal())})
    EXPECT_EQ(authenticator().of_page(Secret(bad), kNow).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_TRUE(authenticator().of_request(caller({}, "Bearer " + std::string(made->token.reveal())), kNow).ok()) << "it is not used up";
}

TEST_F(AuthenticatorTest, NothingIsProvenInPlaintext) {
  Caller it = caller({"spiffe://cluster.local/ns/shop/sa/cart"}, "Bearer " + token());
  it.encrypted = false;
  EXPECT_THAT(error(it), HasSubstr("not encrypted"));
}

}  // namespace
}  // namespace amime::identity
