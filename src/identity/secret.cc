#include "identity/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace amime::identity {

// A short string lies inside the object: moving it copies, so what was moved from is wiped as well.
Secret::Secret(Secret&& other) noexcept {
  bytes_.swap(other.bytes_);
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.capacity());
}

Secret& Secret::operator=(Secret other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.capacity()); }

bool operator==(const Secret& a, const Secret& b) {
  return a.bytes_.size() == b.bytes_.size() && CRYPTO_memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0;
}

}  // namespace amime::identity
