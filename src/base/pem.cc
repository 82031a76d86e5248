#include "base/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <climits>
#include <memory>

namespace amime::base {

bool has_certificate(std::string_view pem) {
  if (pem.empty() || pem.size() > INT_MAX) return false;
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> first(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return first != nullptr;
}

}  // namespace amime::base
