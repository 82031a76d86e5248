#include "identity/issuer_testing.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <vector>

namespace amime::identity::testing {
namespace {

std::string number(EVP_PKEY* key, const char* name, int bytes) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  std::string out(static_cast<std::size_t>(bytes != 0 ? bytes : BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(value);
  return base64url(out);
}

// As JWS has it: r and s of 32 bytes each.
std::string raw_of(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), reinterpret_cast<unsigned char*>(out.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), reinterpret_cast<unsigned char*>(out.data()) + 32, 32);
  ECDSA_SIG_free(signature);
  return out;
}

std::string signature_of(EVP_PKEY* key, const std::string& text) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  std::string out(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size());
  out.resize(size);
  EVP_MD_CTX_free(context);
  return out;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const unsigned char byte : bytes) {
    held = held << 8 | byte, bits += 8;
    for (; bits >= 6; bits -= 6) out.push_back(kLetters[held >> (bits - 6) & 63]);
    held &= 0xff;
  }
  if (bits > 0) out.push_back(kLetters[held << (6 - bits) & 63]);
  return out;
}

struct Issuer::Keys {
  EVP_PKEY* rsa = EVP_RSA_gen(2048);
  EVP_PKEY* ec = EVP_EC_gen("P-256");
  ~Keys() {
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
  }
};

Issuer::Issuer() : keys_(std::make_unique<Keys>()) {}
Issuer::~Issuer() = default;

std::string Issuer::key_set() const {
  return fmt::format(
      R"({{"keys":[{{"kty":"RSA","kid":"rsa","use":"sig","n":"{}","e":"{}"}},{{"kty":"EC","kid":"ec","crv":"P-256","x":"{}","y":"{}"}}]}})",
      number(keys_->rsa, OSSL_PKEY_PARAM_RSA_N, 0), number(keys_->rsa, OSSL_PKEY_PARAM_RSA_E, 0),
      number(keys_->ec, OSSL_PKEY_PARAM_EC_PUB_X, 32), number(keys_->ec, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
}

std::string Issuer::sign(std::string_view key, std::string_view header_json, std::string_view claims_json) const {
  const std::string text = base64url(header_json) + "." + base64url(claims_json);
  const std::string signature = key == "rsa" ? signature_of(keys_->rsa, text) : raw_of(signature_of(keys_->ec, text));
  return text + "." + base64url(signature);
}

}  // namespace amime::identity::testing
