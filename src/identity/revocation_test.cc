#include "identity/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>

#include "base/atomic_file.h"
#include "base/freed_by.h"
#include "identity/authenticator.h"
#include "identity/revocation_keeper.h"

namespace amime::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Time kToday = std::chrono::system_clock::from_time_t(1'800'000'000);
const Identity kBasket{"cluster.local", "shop", "cart"};

template <auto Free, class T>
std::unique_ptr<T, base::FreedBy<Free>> owned(T* value) {
  return std::unique_ptr<T, base::FreedBy<Free>>(value);
}
auto input(std::string_view text) { return owned<BIO_free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
auto certificate_of(const std::string& pem) { return owned<X509_free>(PEM_read_bio_X509(input(pem).get(), nullptr, nullptr, nullptr)); }
auto time_of(Time time) { return owned<ASN1_TIME_free>(ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(time))); }

void add_entry(const std::string& pem, X509_CRL* list) {
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate_of(pem).get()));
  X509_REVOKED_set_revocationDate(entry, time_of(kToday).get());
  X509_CRL_add0_revoked(list, entry);  // the list's from here on
}

// Signs certificates, and takes them back.
struct TestAuthority {
  Secret key = *make_key(KeyType::kEcdsaP256);
  std::string root = *make_root(key, "mesh", kToday - 1h, kToday + 240h);
  std::shared_ptr<const Authority> authority = *Authority::make({root, key, root, ""}, {}, kToday);

  std::string leaf() const { return authority->issue(*make_request(*make_key(KeyType::kEcdsaP256), ""), kBasket, 1h, kToday)->front(); }

  std::string list(const std::vector<std::string>& revoked, Time next = kToday + 1h, bool partial = false) const {
    const auto issuer = certificate_of(root);
    const auto out = owned<X509_CRL_free>(X509_CRL_new());
    X509_CRL_set_version(out.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(out.get(), X509_get_subject_name(issuer.get()));
    X509_CRL_set1_lastUpdate(out.get(), time_of(kToday - 1h).get());
    X509_CRL_set1_nextUpdate(out.get(), time_of(next).get());
    for (const auto& pem : revoked) add_entry(pem, out.get());
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer.get(), nullptr, nullptr, out.get(), 0);
    X509_CRL_add_ext(out.get(),
                     owned<X509_EXTENSION_free>(X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always")).get(),
                     -1);
    if (partial) {
      const auto base = owned<ASN1_INTEGER_free>(ASN1_INTEGER_new());
      ASN1_INTEGER_set(base.get(), 1);
      X509_CRL_add1_ext_i2d(out.get(), NID_delta_crl, base.get(), 1, 0);
    }
    const auto own = owned<EVP_PKEY_free>(PEM_read_bio_PrivateKey(input(key.reveal()).get(), nullptr, nullptr, nullptr));
    X509_CRL_sign(out.get(), own.get(), EVP_sha256());
    const auto text = owned<BIO_free>(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509_CRL(text.get(), out.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

absl::StatusOr<std::shared_ptr<const RevocationList>> parsed(const TestAuthority& by, const std::string& text) {
  return RevocationList::parse(text, by.authority->authorities(), kToday);
}
std::string problem(const TestAuthority& by, const std::string& text) { return std::string(parsed(by, text).status().message()); }

TEST(Revocation, IsOfWhatIsOnTheList) {
  const TestAuthority mesh;
  const std::string bad = mesh.leaf(), good = mesh.leaf();
  const auto list = *parsed(mesh, mesh.list({bad}));
  EXPECT_TRUE(list->revokes(bad));
  EXPECT_TRUE(list->revokes(good + bad)) << "anything in the chain";
  EXPECT_FALSE(list->revokes(good));
  EXPECT_FALSE(list->revokes(good + mesh.root));
  EXPECT_TRUE(list->revokes("")) << "nobody knows what it is";
  EXPECT_TRUE(list->revokes("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_THAT(list->remarks(), IsEmpty());
  EXPECT_FALSE((*parsed(mesh, mesh.list({})))->revokes(bad));
}

TEST(Revocation, CountsAllListsAndOldOnes) {
  const TestAuthority mesh;
  const std::string a = mesh.leaf(), b = mesh.leaf();
  const auto list = *parsed(mesh, mesh.list({a}) + "some words\n" + mesh.list({b}, kToday - 1s));
  EXPECT_TRUE(list->revokes(a) && list->revokes(b));
  ASSERT_EQ(list->remarks().size(), 1u);
  EXPECT_THAT(list->remarks().front(), HasSubstr("list 2 of /O=mesh should have been replaced"));
}

TEST(Revocation, SaysWhatIsWrongWithAList) {
  const TestAuthority mesh;
  const std::string good = mesh.list({});
  EXPECT_THAT(problem(mesh, ""), HasSubstr("holds no certificate revocation list"));
  EXPECT_THAT(problem(mesh, mesh.root), HasSubstr("holds no certificate revocation list"));
  EXPECT_THAT(problem(mesh, good + "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), HasSubstr("list 2 cannot be read"));
  EXPECT_THAT(problem(mesh, good.substr(0, good.size() / 2)), HasSubstr("list 1 cannot be read"));
  EXPECT_THAT(problem(mesh, mesh.list({}, kToday + 1h, true)), HasSubstr("only a part"));
}

TEST(Revocation, AListMustBeSignedByWhomItNames) {
  TestAuthority mesh;
  const TestAuthority other;  // of the same name, with another key: old and new roots are such
  EXPECT_TRUE((*parsed(mesh, other.list({other.leaf()})))->remarks().front().find("signature is not checked") != std::string::npos);
  const Secret own = mesh.key;
  mesh.key = other.key;  // whoever has another key, and signs in the name of this one
  EXPECT_THAT(problem(mesh, mesh.list({})), HasSubstr("is not signed by /O=mesh"));
}

struct RevocationKeeperTest : ::testing::Test {
  RevocationKeeperTest() { std::filesystem::create_directories(dir); }
  ~RevocationKeeperTest() override { std::filesystem::remove_all(dir); }
  void write(const std::string& text) const { ASSERT_TRUE(base::replace_file(dir + "/ca-crl.pem", text, 0644).ok()); }

  std::string dir = ::testing::TempDir() + "/revocation-" + std::to_string(getpid());
  TestAuthority mesh;
  RevocationKeeper keeper{dir};
};

TEST_F(RevocationKeeperTest, TheLastGoodListStays) {
  const std::string bad = mesh.leaf();
  EXPECT_TRUE(keeper.check(mesh.authority, kToday).ok());
  EXPECT_EQ(keeper.current().get(), nullptr);
  write(mesh.list({bad}));
  EXPECT_TRUE(keeper.check(mesh.authority, kToday).ok());
  const auto first = keeper.current().get();
  ASSERT_NE(first, nullptr);
  write("nonsense");
  EXPECT_THAT(std::string(keeper.check(mesh.authority, kToday).message()), HasSubstr("ca-crl.pem: holds no certificate revocation list"));
  std::filesystem::remove(dir + "/ca-crl.pem");
  EXPECT_THAT(std::string(keeper.check(mesh.authority, kToday).message()), HasSubstr("are gone"));
  EXPECT_EQ(keeper.current().get(), first);
  write(mesh.list({}));
  EXPECT_TRUE(keeper.check(mesh.authority, kToday).ok());
  EXPECT_FALSE(keeper.current().get()->revokes(bad));
}

TEST_F(RevocationKeeperTest, WhoWasRevokedProvesNothing) {
  const std::string bad = mesh.leaf(), good = mesh.leaf();
  write(mesh.list({bad}));
  ASSERT_TRUE(keeper.check(mesh.authority, kToday).ok());
  const Authenticator authenticator({.issuers = {}, .tokens_dir = "", .revoked = &keeper.current()});
  const auto caller = [](const std::string& pem) { return Caller{true, {spiffe_uri(kBasket)}, pem, Secret(), "127.0.0.1:1"}; };
  EXPECT_EQ(*authenticator.of_stream(caller(good), kToday), kBasket);
  for (const auto& pem : {bad, std::string()}) {
    EXPECT_THAT(std::string(authenticator.of_stream(caller(pem), kToday).status().message()), HasSubstr("revoked"));
    EXPECT_FALSE(authenticator.of_request(caller(pem), kToday).ok());
  }
}

}  // namespace
}  // namespace amime::identity
