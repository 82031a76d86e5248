#include "identity/key_set.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/freed_by.h"
#include "base/tree.h"

namespace amime::identity {
namespace {

using KeyHandle = std::unique_ptr<EVP_PKEY, base::FreedBy<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, base::FreedBy<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, base::FreedBy<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, base::FreedBy<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, base::FreedBy<OSSL_PARAM_free>>;
using Number = std::unique_ptr<BIGNUM, base::FreedBy<BN_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, base::FreedBy<ECDSA_SIG_free>>;

struct Algorithm {
  std::string_view name, key_type, curve;
  const EVP_MD* (*digest)();
};
constexpr std::array<Algorithm, 6> kAlgorithms{{{"RS256", "RSA", "", EVP_sha256},
                                                {"RS384", "RSA", "", EVP_sha384},
                                                {"RS512", "RSA", "", EVP_sha512},
                                                {"ES256", "EC", "P-256", EVP_sha256},
                                                {"ES384", "EC", "P-384", EVP_sha384},
                                                {"ES512", "EC", "P-521", EVP_sha512}}};

struct Curve {
  std::string_view name;
  const char* group;
  std::size_t bytes;  // of a coordinate
};
constexpr std::array<Curve, 3> kCurves{{{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}}};

const Curve* find_curve(std::string_view name) {
  const auto it = std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) { return c.name == name; });
  return it == kCurves.end() ? nullptr : &*it;
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

KeyHandle made(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    key = nullptr;
  ERR_clear_error();
  return KeyHandle(key);
}

KeyHandle rsa_key(const base::Tree& jwk) {
  std::string n, e;
  if (!decode_base64url(jwk["n"].text(), &n) || !decode_base64url(jwk["e"].text(), &e)) return nullptr;
  if (n.size() < 256 || n.size() > 1024 || e.empty() || e.size() > 8) return nullptr;  // 2048 to 8192 bits
  const Number modulus = number_of(n), exponent = number_of(e);
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return made("RSA", builder.get());
}

// A point that is not on the curve is no key: OpenSSL looks.
KeyHandle ec_key(const base::Tree& jwk) {
  const Curve* curve = find_curve(jwk["crv"].text());
  std::string x, y;
  if (curve == nullptr || !decode_base64url(jwk["x"].text(), &x) || !decode_base64url(jwk["y"].text(), &y)) return nullptr;
  if (x.size() != curve->bytes || y.size() != curve->bytes) return nullptr;
  const std::string point = "\x04" + x + y;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return made("EC", builder.get());
}

// r and s, one after the other (RFC 7518, section 3.4), as OpenSSL takes them.
std::optional<std::string> der_signature(const Curve& curve, std::string_view raw) {
  if (raw.size() != 2 * curve.bytes) return std::nullopt;
  const Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), number_of(raw.substr(0, curve.bytes)).release(), number_of(raw.substr(curve.bytes)).release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool verified(EVP_PKEY* key, const Algorithm& algorithm, std::string_view text, std::string_view signature) {
  std::string der;
  if (const Curve* curve = find_curve(algorithm.curve)) {
    auto converted = der_signature(*curve, signature);
    if (!converted) return false;
    der = *std::move(converted);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  const bool ok = EVP_DigestVerifyInit(context.get(), nullptr, algorithm.digest(), nullptr, key) == 1 &&
                  EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  ERR_clear_error();
  return ok;
}

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

}  // namespace

bool decode_base64url(std::string_view text, std::string* bytes) {
  bytes->clear();
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) return false;
    held = (held << 6 | static_cast<unsigned>(value)) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes->push_back(static_cast<char>(held >> bits & 0xff));
    }
  }
  return bits < 6 && (held & ((1U << bits) - 1)) == 0;  // one text for the same bytes, no other
}

struct KeySet::Key {
  std::string id, type, curve, algorithm;
  KeyHandle handle;
};

absl::StatusOr<KeySet> KeySet::parse(std::string_view json) {
  const auto documents = base::parse_json(json, {.bytes = 1 << 20, .nodes = 20'000, .depth = 10});
  if (documents.size() != 1 || !documents.front().errors.empty()) return absl::InvalidArgumentError("a key set must be one JSON object");
  const auto& list = documents.front().tree["keys"];
  if (!list.is_sequence()) return absl::InvalidArgumentError("a key set has a list `keys`");
  if (list.items().size() > kMostKeys)
    return absl::InvalidArgumentError(fmt::format("{} keys; {} are the most", list.items().size(), kMostKeys));
  KeySet out;
  for (const auto& jwk : list.items()) {
    if (const auto& use = jwk["use"].text(); !use.empty() && use != "sig") continue;
    auto key = std::make_shared<Key>();
    key->id = jwk["kid"].text(), key->type = jwk["kty"].text(), key->curve = jwk["crv"].text(), key->algorithm = jwk["alg"].text();
    key->handle = key->type == "RSA" ? rsa_key(jwk) : key->type == "EC" ? ec_key(jwk) : nullptr;
    if (key->handle) out.keys_.push_back(std::move(key));
  }
  if (out.keys_.empty())
    return absl::InvalidArgumentError("none of the keys is an RSA key of 2048 bits or more, or an ECDSA key of P-256, P-384 or P-521");
  return out;
}

absl::Status KeySet::verify(std::string_view algorithm, std::string_view key_id, std::string_view text, std::string_view signature) const {
  const auto known = std::find_if(kAlgorithms.begin(), kAlgorithms.end(), [&](const Algorithm& a) { return a.name == algorithm; });
  if (known == kAlgorithms.end()) return absl::UnauthenticatedError("the token's algorithm is not taken");
  bool any = false;
  for (const auto& key : keys_) {
    const bool fits = key->type == known->key_type && (known->curve.empty() || key->curve == known->curve) &&
                      (key->algorithm.empty() || key->algorithm == algorithm) && (key_id.empty() || key->id == key_id);
    if (!fits) continue;
    any = true;
    if (verified(key->handle.get(), *known, text, signature)) return absl::OkStatus();
  }
  return absl::UnauthenticatedError(any ? "the token's signature is wrong" : "the token's issuer has no such key");
}

}  // namespace amime::identity
