#include "identity/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);
const Identity kCart{"cluster.local", "shop", "cart"};

struct Root {
  explicit Root(KeyType type = KeyType::kEcdsaP256)
      : key(*make_key(type)), pem(*make_root(key, "cluster.local", kNow - 1h, kNow + 24h * 3650)) {}
  AuthorityFiles files() const { return {pem, key, pem, ""}; }
  Secret key;
  std::string pem;
};

std::shared_ptr<const Authority> authority(const AuthorityFiles& files) {
  auto made = Authority::make(files, {}, kNow);
  EXPECT_TRUE(made.ok()) << made.status();
  return made.ok() ? *made : nullptr;
}
std::string request(std::string_view uri = "", KeyType type = KeyType::kEcdsaP256) { return *make_request(*make_key(type), uri); }

std::string message(const absl::Status& status) { return std::string(status.message()); }

TEST(Authority, SignsWhoTheCallerIs) {
  const auto it = authority(Root().files());
  const auto chain = it->issue(request("spiffe://cluster.local/ns/kube-system/sa/admin"), kCart, 0s, kNow);
  ASSERT_TRUE(chain.ok()) << chain.status();
  ASSERT_THAT(*chain, SizeIs(2));  // pilot-agent takes no fewer
  const auto leaf = *read_certificates(chain->front());
  EXPECT_THAT(leaf.front().uris, ElementsAre("spiffe://cluster.local/ns/shop/sa/cart"));
  EXPECT_EQ(leaf.front().not_before, kNow - 2min);
  EXPECT_EQ(leaf.front().not_after, kNow + 24h);
  EXPECT_FALSE(leaf.front().is_authority);
  EXPECT_EQ(chain->back(), it->root_bundle());
  EXPECT_TRUE(verify_chain(leaf, it->roots(), kNow).ok());
  EXPECT_EQ(message(verify_chain(leaf, it->roots(), kNow + 25h)), "certificate has expired");
  EXPECT_FALSE(verify_chain(leaf, Authority::make(Root().files(), {}, kNow).value()->roots(), kNow).ok());
}

TEST(Authority, TakesRsaAsWell) {
  const auto it = authority(Root(KeyType::kRsa2048).files());
  EXPECT_TRUE(it->issue(request("", KeyType::kRsa2048), kCart, 1h, kNow).ok());
}

TEST(Authority, RefusesWhatItCannotKeep) {
  const auto it = authority(Root().files());
  EXPECT_THAT(message(it->issue("hello", kCart, 0s, kNow).status()), StartsWith("not a certificate signing request in PEM"));
  EXPECT_THAT(message(it->issue(std::string(1 << 20, 'x'), kCart, 0s, kNow).status()), StartsWith("the request is longer than"));
  EXPECT_THAT(message(it->issue(request(), kCart, 24h * 91, kNow).status()), HasSubstr("7776000 s is the longest"));
  EXPECT_THAT(message(it->issue(request(), {"td", "a/sa/b", "c"}, 0s, kNow).status()), HasSubstr("no identity"));
  EXPECT_EQ(it->issue(request(), kCart, 0s, kNow + 24h * 4000).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Authority, ARequestThatAnotherKeySignedIsRefused) {
  std::string mixed = request();
  const std::string other = request();
  // The signature is at the end: the last line of one, the rest of the other.
  const auto tail = [](const std::string& pem) { return pem.rfind('\n', pem.find("-----END") - 2); };
  mixed = mixed.substr(0, tail(mixed)) + other.substr(tail(other));
  const auto it = authority(Root().files());
  EXPECT_FALSE(it->issue(mixed, kCart, 0s, kNow).ok());
}

TEST(Authority, OutlivesNoRoot) {
  Root root;
  root.pem = *make_root(root.key, "short", kNow - 1h, kNow + 1h);
  const auto chain = authority(root.files())->issue(request(), kCart, 24h, kNow);
  EXPECT_EQ(read_certificates(chain->front())->front().not_after, kNow + 1h);
}

TEST(Authority, SaysWhichFileIsWrong) {
  const Root root, other;
  const auto error = [](AuthorityFiles files) { return message(Authority::make(files, {}, kNow).status()); };
  EXPECT_THAT(error({root.pem, other.key, root.pem, ""}), HasSubstr("not that of its certificate"));
  EXPECT_THAT(error({"", root.key, root.pem, ""}), StartsWith("ca-cert.pem"));
  EXPECT_THAT(error({root.pem, Secret("x"), root.pem, ""}), HasSubstr("key cannot be read"));
  EXPECT_THAT(error({root.pem, root.key, "", ""}), StartsWith("root-cert.pem: holds no certificate"));
  EXPECT_THAT(error({root.pem, root.key, other.pem, ""}), HasSubstr("does not lead to a root"));
  EXPECT_THAT(error({root.pem, root.key, root.pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}),
              StartsWith("cert-chain.pem: certificate 1"));
  const std::string old = *make_root(root.key, "old", kNow - 48h, kNow - 24h);
  EXPECT_THAT(error({old, root.key, old, ""}), HasSubstr("expired"));
}

TEST(Authority, ALeafIsNoAuthority) {
  const Secret key = *make_key(KeyType::kEcdsaP256);
  const auto chain = authority(Root().files())->issue(*make_request(key, ""), kCart, 0s, kNow);
  EXPECT_THAT(message(Authority::make({chain->front(), key, chain->back(), ""}, {}, kNow).status()), HasSubstr("not that of an authority"));
}

TEST(Authority, TwoRootsAreTrustedTogether) {
  const Root old, next;  // of one name
  AuthorityFiles files = next.files();
  files.root_cert = old.pem + next.pem;
  const auto it = authority(files);
  const auto before = authority(old.files())->issue(request(), kCart, 0s, kNow);
  const auto after = it->issue(request(), kCart, 0s, kNow);
  EXPECT_TRUE(verify_chain(*read_certificates(before->front()), it->roots(), kNow).ok());
  EXPECT_TRUE(verify_chain(*read_certificates(after->front()), it->roots(), kNow).ok());
  EXPECT_THAT(*read_certificates(after->back()), SizeIs(2));
}

}  // namespace
}  // namespace amime::identity
