#include "identity/x509.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <climits>

#include "base/freed_by.h"

namespace amime::identity {
namespace {

using BioPtr = std::unique_ptr<BIO, base::FreedBy<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, base::FreedBy<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, base::FreedBy<X509_free>>;
using RequestPtr = std::unique_ptr<X509_REQ, base::FreedBy<X509_REQ_free>>;
using NamePtr = std::unique_ptr<X509_NAME, base::FreedBy<X509_NAME_free>>;
using StorePtr = std::unique_ptr<X509_STORE, base::FreedBy<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, base::FreedBy<X509_STORE_CTX_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, base::FreedBy<X509_EXTENSION_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, base::FreedBy<BN_free>>;

// OpenSSL keeps a queue of errors a thread: what went wrong last, and an empty queue for whoever comes next.
std::string openssl_error() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}
absl::Status failed(std::string_view what) { return absl::InternalError(fmt::format("cannot {}: {}", what, openssl_error())); }
absl::Status refused(std::string_view why) { return absl::InvalidArgumentError(std::string(why)); }

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX))));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  BioPtr out(BIO_new(BIO_s_mem()));
  return PEM_write_bio_X509(out.get(), certificate) == 1 ? text_of(out.get()) : "";
}

// A key with a passphrase is none: nobody is asked.
int no_passphrase(char*, int, int, void*) { return -1; }
KeyPtr read_key(std::string_view pem) { return KeyPtr(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr)); }

std::string text_of(const X509_NAME* name) {
  BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  return text_of(out.get());
}

Time time_of(const ASN1_TIME* time) {
  tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? std::chrono::system_clock::from_time_t(timegm(&parts)) : Time{};
}

std::vector<std::string> uris_of(const X509* certificate) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const auto* uri = name->d.uniformResourceIdentifier;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)), static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

Certificate facts_of(X509* certificate) {
  Certificate out;
  out.pem = pem_of(certificate);
  out.subject = text_of(X509_get_subject_name(certificate));
  out.uris = uris_of(certificate);
  out.not_before = time_of(X509_get0_notBefore(certificate));
  out.not_after = time_of(X509_get0_notAfter(certificate));
  out.is_authority = X509_check_ca(certificate) == 1;
  return out;
}

// "" if the key is strong enough.
std::string weakness_of(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return bits >= 2048 ? "" : fmt::format("an RSA key of {} bits; 2048 are the least", bits);
    case EVP_PKEY_EC: {
      char curve[64] = "";
      EVP_PKEY_get_group_name(key, curve, sizeof curve, nullptr);
      const std::string_view name = curve;
      if (name == "prime256v1" || name == "secp384r1" || name == "secp521r1") return "";
      return fmt::format("an ECDSA key of curve {}; P-256, P-384 and P-521 are taken", name);
    }
    default: return "a key that is neither RSA nor ECDSA";
  }
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

void push_name(GENERAL_NAMES* names, int type, const std::string& value) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, value.data(), static_cast<int>(value.size()));
  GENERAL_NAME_set0_value(name, type, text);
  sk_GENERAL_NAME_push(names, name);
}

// Not by X509V3_EXT_conf_nid: that has a language of its own, in which a comma or a line break of a name would mean something.
bool add_names(X509* certificate, const Leaf& leaf) {
  GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
  push_name(names, GEN_URI, leaf.uri);
  for (const auto& host : leaf.dns) push_name(names, GEN_DNS, host);
  const bool ok = X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 1, X509V3_ADD_DEFAULT) == 1;
  GENERAL_NAMES_free(names);
  return ok;
}

bool set_times(X509* certificate, Time not_before, Time not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), std::chrono::system_clock::to_time_t(not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), std::chrono::system_clock::to_time_t(not_after)) != nullptr;
}

// 128 random bits: unique without a list, and nobody can foresee it (CA/Browser Forum asks for 64).
bool set_serial(X509* certificate) {
  const NumberPtr number(BN_new());
  return number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

NamePtr organization_name(std::string_view organization) {
  NamePtr name(X509_NAME_new());
  X509_NAME_add_entry_by_NID(name.get(), NID_organizationName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(organization.data()),
                             static_cast<int>(organization.size()), -1, 0);
  return name;
}

absl::StatusOr<RequestPtr> checked_request(std::string_view pem) {
  if (pem.size() > Signer::kLongestRequest) return refused(fmt::format("the request is longer than {} bytes", Signer::kLongestRequest));
  RequestPtr request(PEM_read_bio_X509_REQ(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
  EVP_PKEY* key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  if (key == nullptr) return refused("not a certificate signing request in PEM: " + openssl_error());
  if (const auto weakness = weakness_of(key); !weakness.empty()) return refused("the request has " + weakness);
  if (X509_REQ_verify(request.get(), key) == 1) return request;
  ERR_clear_error();
  return refused("the request is not signed by its own key");
}

}  // namespace

absl::StatusOr<Secret> make_key(KeyType type) {
  const KeyPtr key(type == KeyType::kEcdsaP256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
  if (!key) return failed("make a key");
  // In memory that OpenSSL wipes when it frees it.
  const BioPtr out(BIO_new(BIO_s_secmem()));
  if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) return failed("write a key");
  return Secret(text_of(out.get()));
}

absl::StatusOr<std::vector<Certificate>> read_certificates(std::string_view pem) {
  if (pem.size() > kLongestBundle) return refused(fmt::format("longer than {} bytes", kLongestBundle));
  const BioPtr in = reader_of(pem);
  std::vector<Certificate> out;
  while (const CertificatePtr next{PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)}) out.push_back(facts_of(next.get()));
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string error = openssl_error();
  if (out.empty() && at_end) return refused("holds no certificate in PEM");
  if (!at_end) return refused(fmt::format("certificate {} cannot be read: {}", out.size() + 1, error));
  return out;
}

absl::StatusOr<std::string> make_root(const Secret& key, std::string_view organization, Time not_before, Time not_after) {
  const KeyPtr own = read_key(key.reveal());
  const CertificatePtr root(X509_new());
  if (!own || !root) return failed("make a root");
  const NamePtr name = organization_name(organization);
  X509* it = root.get();
  const bool ok = X509_set_version(it, X509_VERSION_3) == 1 && set_serial(it) && set_times(it, not_before, not_after) &&
                  X509_set_subject_name(it, name.get()) == 1 && X509_set_issuer_name(it, name.get()) == 1 &&
                  X509_set_pubkey(it, own.get()) == 1 && add_extension(it, it, NID_basic_constraints, "critical,CA:TRUE") &&
                  add_extension(it, it, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                  add_extension(it, it, NID_subject_key_identifier, "hash") &&
                  add_extension(it, it, NID_authority_key_identifier, "keyid") && X509_sign(it, own.get(), EVP_sha256()) > 0;
  return ok ? absl::StatusOr<std::string>(pem_of(it)) : failed("make a root");
}

absl::StatusOr<std::string> make_request(const Secret& key, std::string_view uri) {
  const KeyPtr own = read_key(key.reveal());
  const RequestPtr request(X509_REQ_new());
  if (!own || !request) return failed("make a request");
  bool ok = X509_REQ_set_pubkey(request.get(), own.get()) == 1;
  if (ok && !uri.empty()) {
    const ExtensionPtr name(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("critical,URI:" + std::string(uri)).c_str()));
    STACK_OF(X509_EXTENSION)* all = sk_X509_EXTENSION_new_null();
    ok = name && sk_X509_EXTENSION_push(all, name.get()) > 0 && X509_REQ_add_extensions(request.get(), all) == 1;
    sk_X509_EXTENSION_free(all);
  }
  const BioPtr out(BIO_new(BIO_s_mem()));
  ok = ok && X509_REQ_sign(request.get(), own.get(), EVP_sha256()) > 0 && PEM_write_bio_X509_REQ(out.get(), request.get()) == 1;
  return ok ? absl::StatusOr<std::string>(text_of(out.get())) : failed("make a request");
}

struct Signer::Parts {
  CertificatePtr certificate;
  KeyPtr key;
  Certificate facts;
};

Signer::Signer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;
const Certificate& Signer::certificate() const { return parts_->facts; }

absl::StatusOr<Signer> Signer::make(std::string_view certificate_pem, const Secret& key) {
  auto parts = std::make_unique<Parts>();
  parts->certificate.reset(PEM_read_bio_X509(reader_of(certificate_pem).get(), nullptr, no_passphrase, nullptr));
  if (!parts->certificate) return refused("the authority's certificate cannot be read: " + openssl_error());
  parts->key = read_key(key.reveal());
  if (!parts->key) return refused("the authority's key cannot be read: " + openssl_error());
  if (const auto weakness = weakness_of(parts->key.get()); !weakness.empty()) return refused("the authority has " + weakness);
  if (X509_check_private_key(parts->certificate.get(), parts->key.get()) != 1) {
    ERR_clear_error();
    return refused("the authority's key is not that of its certificate");
  }
  parts->facts = facts_of(parts->certificate.get());
  if (!parts->facts.is_authority) return refused("the authority's certificate is not that of an authority (basicConstraints CA)");
  return Signer(std::move(parts));
}

absl::StatusOr<std::string> Signer::sign(std::string_view request_pem, const Leaf& leaf) const {
  const auto request = checked_request(request_pem);
  if (!request.ok()) return request.status();
  const CertificatePtr made(X509_new());
  if (!made) return failed("make a certificate");
  X509 *it = made.get(), *authority = parts_->certificate.get();
  // Only the key is the caller's. No subject: the name is in the SAN, critical therefore (RFC 5280, 4.1.2.6), as istiod's leaves have it.
  const bool ok = X509_set_version(it, X509_VERSION_3) == 1 && set_serial(it) && set_times(it, leaf.not_before, leaf.not_after) &&
                  X509_set_issuer_name(it, X509_get_subject_name(authority)) == 1 &&
                  X509_set_pubkey(it, X509_REQ_get0_pubkey(request->get())) == 1 &&
                  add_extension(it, authority, NID_key_usage, "critical,digitalSignature,keyEncipherment") &&
                  add_extension(it, authority, NID_ext_key_usage, "serverAuth,clientAuth") &&
                  add_extension(it, authority, NID_basic_constraints, "critical,CA:FALSE") &&
                  add_extension(it, authority, NID_authority_key_identifier, "keyid") && add_names(it, leaf) &&
                  X509_sign(it, parts_->key.get(), EVP_sha256()) > 0;
  return ok ? absl::StatusOr<std::string>(pem_of(it)) : failed("sign a certificate");
}

absl::Status verify_chain(const std::vector<Certificate>& chain, const std::vector<Certificate>& roots, Time now) {
  if (chain.empty()) return absl::UnauthenticatedError("no certificate");
  // A root that is asked about itself: OpenSSL looks for it by name, and finds another of that name (old and new of a rotation).
  for (const auto& root : roots)
    if (root.pem == chain.front().pem)
      return root.not_before <= now && now < root.not_after ? absl::OkStatus() : absl::UnauthenticatedError("certificate has expired");
  const auto read = [](const Certificate& c) {
    return CertificatePtr(PEM_read_bio_X509(reader_of(c.pem).get(), nullptr, no_passphrase, nullptr));
  };
  const StorePtr store(X509_STORE_new());
  for (const auto& root : roots)
    if (const auto it = read(root)) X509_STORE_add_cert(store.get(), it.get());
  std::vector<CertificatePtr> held;
  STACK_OF(X509)* between = sk_X509_new_null();
  for (const auto& certificate : chain) {
    held.push_back(read(certificate));
    if (held.size() > 1 && held.back()) sk_X509_push(between, held.back().get());
  }
  const StoreContextPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), held.front().get(), between);
  X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(now));
  const bool ok = held.front() && X509_verify_cert(context.get()) == 1;
  const std::string why = ok ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  sk_X509_free(between);
  ERR_clear_error();
  return ok ? absl::OkStatus() : absl::UnauthenticatedError(why);
}

}  // namespace amime::identity
