#include "identity/authority_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

class AuthorityKeeperTest : public testing::Test {
 protected:
  AuthorityKeeperTest() {
    fs::remove_all(dir_);
    fs::create_directories(plugged());
  }
  ~AuthorityKeeperTest() override { fs::remove_all(dir_); }

  std::string plugged() const { return dir_ + "/cacerts"; }
  AuthorityKeeper keeper() const { return AuthorityKeeper({.plugged_dir = plugged(), .own = {.dir = dir_ + "/ca"}, .lifetimes = {}}); }
  void write(const std::string& name, std::string_view text) const { std::ofstream(plugged() + "/" + name) << text; }
  // A root of its own, plugged in under the names of Istio or of cert-manager. Its certificate.
  std::string plug(bool istio_names = true, std::string_view more_roots = "") const {
    const Secret key = *make_key(KeyType::kEcdsaP256);
    const std::string root = *make_root(key, "theirs", kNow - 1h, kNow + 24h * 365);
    write(istio_names ? "ca-cert.pem" : "tls.crt", root);
    write(istio_names ? "ca-key.pem" : "tls.key", key.reveal());
    write(istio_names ? "root-cert.pem" : "ca.crt", root + std::string(more_roots));
    return root;
  }
  std::string dir_ = testing::TempDir() + "/authority-keeper-" + std::to_string(getpid());
};

std::string subject(const AuthorityKeeper& keeper) { return keeper.current()->roots().front().subject; }

TEST_F(AuthorityKeeperTest, WithoutOneItHasItsOwn) {
  auto it = keeper();
  EXPECT_EQ(it.current(), nullptr);
  ASSERT_TRUE(it.check(kNow).ok());
  EXPECT_EQ(subject(it), "O=cluster.local");
  const auto before = it.current();
  ASSERT_TRUE(it.check(kNow + 1h).ok());
  EXPECT_EQ(it.current(), before);  // nothing changed, nothing is made anew
}

TEST_F(AuthorityKeeperTest, OneThatIsPluggedInCounts) {
  for (const bool istio_names : {true, false}) {
    fs::remove_all(plugged());
    fs::create_directories(plugged());
    plug(istio_names);
    auto it = keeper();
    ASSERT_TRUE(it.check(kNow).ok()) << istio_names;
    EXPECT_EQ(subject(it), "O=theirs");
  }
  EXPECT_FALSE(fs::exists(dir_ + "/ca"));
}

TEST_F(AuthorityKeeperTest, HalfOfOneIsNotNone) {
  plug();
  fs::remove(plugged() + "/ca-key.pem");
  EXPECT_THAT(std::string(keeper().check(kNow).message()), HasSubstr("ca-key.pem: no such file"));
  EXPECT_FALSE(fs::exists(dir_ + "/ca"));
}

TEST_F(AuthorityKeeperTest, AChangeIsSeen) {
  auto it = keeper();
  const std::string old = plug();
  ASSERT_TRUE(it.check(kNow).ok());
  plug(true, old);
  ASSERT_TRUE(it.check(kNow).ok());
  EXPECT_THAT(it.current()->roots(), SizeIs(2));
}

TEST_F(AuthorityKeeperTest, ABadChangeIsSaidAndTheOneBeforeStays) {
  auto it = keeper();
  plug();
  ASSERT_TRUE(it.check(kNow).ok());
  const auto before = it.current();
  write("ca-key.pem", make_key(KeyType::kEcdsaP256)->reveal());
  EXPECT_THAT(std::string(it.check(kNow).message()), HasSubstr("not that of its certificate"));
  write("ca-key.pem", "");
  EXPECT_FALSE(it.check(kNow).ok());
  fs::remove(plugged() + "/root-cert.pem");
  EXPECT_THAT(std::string(it.check(kNow).message()), HasSubstr("root-cert.pem: no such file"));
  fs::remove_all(plugged());
  EXPECT_THAT(std::string(it.check(kNow).message()), HasSubstr("is gone"));
  EXPECT_EQ(it.current(), before);
}

}  // namespace
}  // namespace amime::identity
