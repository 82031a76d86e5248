#include "agent/workload_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "identity/authority.h"

namespace amime::agent {
namespace {

using identity::Authority;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

const identity::Identity kCart{"cluster.local", "shop", "cart"};

// An authority in the same process; what it is shown and answers is the test's.
class WorkloadCertificateTest : public testing::Test {
 protected:
  WorkloadCertificateTest() {
    fs::create_directories(dir);
    std::ofstream(dir + "/token") << "amime-join.x.y\n";
    const auto now = std::chrono::system_clock::now();
    const auto key = *identity::make_key(identity::KeyType::kEcdsaP256);
    const auto root = *identity::make_root(key, "cluster.local", now - 1h, now + 24h);
    authority = *Authority::make({root, key, root, ""}, {}, now);
    options.identity = kCart;
    options.join_token_file = dir + "/token";
    options.first_wait = options.longest_wait = 5ms;
  }
  ~WorkloadCertificateTest() override {
    it.reset();
    fs::remove_all(dir);
  }

  void start() {
    it = std::make_unique<WorkloadCertificate>(
        loop,
        [this](const CertificateRequest& request, const Proof& proof, CertificateAnswer answer) {
          shown = proof;
          ++asked;
          if (!down.ok()) return loop.post([answer, why = down] { answer(why); });
          auto chain = authority->issue(request.csr, signs_for, request.ttl, std::chrono::system_clock::now());
          loop.post([answer, chain] { answer(chain); });
        },
        options);
    it->on_change = [this] { ++changes; };
    it->start();
  }
  bool eventually(const std::function<bool()>& condition) { return loop.run_until(condition, 10s); }

  const std::string dir = fs::temp_directory_path() / ("amime-certificate-" + std::to_string(getpid()));
  Loop loop;
  std::shared_ptr<const Authority> authority;
  identity::Identity signs_for = kCart;
  WorkloadCertificate::Options options;
  std::unique_ptr<WorkloadCertificate> it;
  Proof shown;
  absl::Status down;
  int asked = 0, changes = 0;
};

TEST_F(WorkloadCertificateTest, TheFirstIsByTokenTheNextByCertificate) {
  options.ttl = 2s;
  start();
  ASSERT_TRUE(eventually([&] { return changes == 1; }));
  EXPECT_EQ(shown.bearer.reveal(), "amime-join.x.y");
  EXPECT_TRUE(shown.chain.empty());
  EXPECT_TRUE(it->valid());
  EXPECT_THAT(it->chain(), StartsWith("-----BEGIN CERTIFICATE"));
  const auto first = it->chain();
  ASSERT_TRUE(eventually([&] { return changes == 2; }));
  EXPECT_EQ(shown.chain, first);
  EXPECT_TRUE(shown.bearer.empty());
  EXPECT_NE(it->chain(), first);
  EXPECT_EQ(it->roots(), authority->root_bundle());
}

TEST_F(WorkloadCertificateTest, WithoutAnAuthorityItGoesOnAsking) {
  down = absl::UnavailableError("nobody there");
  start();
  ASSERT_TRUE(eventually([&] { return asked >= 3; }));
  EXPECT_EQ(it->problem(), "nobody there");
  EXPECT_FALSE(it->valid());
  down = absl::OkStatus();
  ASSERT_TRUE(eventually([&] { return it->valid(); }));
  EXPECT_EQ(it->problem(), "");
}

TEST_F(WorkloadCertificateTest, WhatThereIsStaysInUseWhileNoneComes) {
  options.ttl = 2s;
  start();
  ASSERT_TRUE(eventually([&] { return changes == 1; }));
  down = absl::UnavailableError("nobody there");
  const auto first = it->chain();
  ASSERT_TRUE(eventually([&] { return asked >= 3; }));
  EXPECT_EQ(it->chain(), first);
  ASSERT_TRUE(eventually([&] { return !it->valid(); }));
  EXPECT_EQ(it->problem(), "nobody there");
}

TEST_F(WorkloadCertificateTest, IsKeptWhereThereIsAPlaceForIt) {
  options.dir = dir + "/identity";
  start();
  ASSERT_TRUE(eventually([&] { return changes == 1; }));
  const auto first = it->chain();
  EXPECT_EQ(fs::status(options.dir + "/workload.pem").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  start();
  EXPECT_EQ(it->chain(), first);
  EXPECT_EQ(asked, 1);
  fs::permissions(options.dir + "/workload.pem", fs::perms::all);  // one that others can read is not believed
  start();
  EXPECT_FALSE(it->valid());
}

TEST_F(WorkloadCertificateTest, OneOfAnotherWorkloadIsNotTaken) {
  signs_for.ns = "bank";
  start();
  ASSERT_TRUE(eventually([&] { return !it->problem().empty(); }));
  EXPECT_THAT(it->problem(), HasSubstr("/ns/bank/sa/cart, this workload is spiffe://cluster.local/ns/shop/sa/cart"));
  EXPECT_FALSE(it->valid());
}

TEST_F(WorkloadCertificateTest, NothingToProveWithIsSaid) {
  fs::remove(dir + "/token");
  start();
  EXPECT_THAT(it->problem(), HasSubstr("no token at " + dir + "/token"));
  EXPECT_EQ(asked, 0);
}

}  // namespace
}  // namespace amime::agent
