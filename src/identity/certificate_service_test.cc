#include "identity/certificate_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "identity/authority_keeper.h"
#include "security/v1alpha1/ca.pb.h"

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

class CertificateServiceTest : public ::testing::Test {
 protected:
  CertificateServiceTest() {
    std::filesystem::remove_all(dir_);
    EXPECT_TRUE(keeper_.check(kNow).ok());
    signing_.publish(keeper_.current());
  }
  ~CertificateServiceTest() override { std::filesystem::remove_all(dir_); }

  static std::string request(const std::string& csr, std::int64_t seconds = 3600) {
    istio::v1::auth::IstioCertificateRequest out;
    out.set_csr(csr);
    out.set_validity_duration(seconds);
    return out.SerializeAsString();
  }
  static std::string csr() { return *make_request(*make_key(KeyType::kRsa2048), ""); }
  static Caller cart() { return {true, {"spiffe://cluster.local/ns/shop/sa/cart"}, "", Secret(), "127.0.0.1:1"}; }

  std::string dir_ = ::testing::TempDir() + "/certificate-service-" + std::to_string(getpid());
  AuthorityKeeper keeper_{{.plugged_dir = "", .own = {.dir = dir_ + "/ca"}, .lifetimes = {}}};
  Authenticator authenticator_{{.issuers = {}, .tokens_dir = dir_ + "/tokens"}};
  base::Published<Authority> signing_;
  CertificateService service_{signing_, authenticator_};
};

TEST_F(CertificateServiceTest, AnswersTheCaller) {
  const auto bytes = service_.create(cart(), request(csr()), kNow);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  istio::v1::auth::IstioCertificateResponse answer;
  ASSERT_TRUE(answer.ParseFromString(*bytes));
  ASSERT_EQ(answer.cert_chain_size(), 2);
  const auto leaf = *read_certificates(answer.cert_chain(0));
  EXPECT_THAT(leaf.front().uris, ElementsAre("spiffe://cluster.local/ns/shop/sa/cart"));
  EXPECT_EQ(leaf.front().not_after, kNow + 1h);
  EXPECT_EQ(answer.cert_chain(1), keeper_.current()->root_bundle());
}

TEST_F(CertificateServiceTest, TellsAStrangerNothing) {
  Caller stranger = cart();
  stranger.uris.clear();
  for (const std::string& bytes : {request(csr()), std::string("nonsense")}) {
    const auto status = service_.create(stranger, bytes, kNow).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(status.message(), "request authenticate failure");
  }
}

TEST_F(CertificateServiceTest, SaysWhatIsWrongWithARequest) {
  const auto error = [&](const std::string& bytes) { return service_.create(cart(), bytes, kNow).status(); };
  EXPECT_THAT(std::string(error(request("x")).message()), HasSubstr("CSR signing error (not a certificate signing request"));
  EXPECT_THAT(std::string(error(request(csr(), 24 * 3600 * 91)).message()), HasSubstr("is the longest"));
  EXPECT_THAT(std::string(error(request(csr(), -1)).message()), HasSubstr("CSR signing error"));
  EXPECT_EQ(error("nonsense").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error(std::string(1 << 20, 'x')).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CertificateServiceTest, ATokenIsForOneCertificate) {
  Caller joining = cart();
  joining.uris.clear();
  const auto token = JoinTokens(dir_ + "/tokens").create({"jobs", "batch"}, 1h, kNow);
  joining.authorization = Secret("Bearer " + std::string(token->token.reveal()));
  EXPECT_TRUE(service_.create(joining, request(csr()), kNow).ok());
  EXPECT_FALSE(service_.create(joining, request(csr()), kNow).ok());
}

}  // namespace
}  // namespace amime::identity
