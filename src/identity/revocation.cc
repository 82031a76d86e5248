// Beside x509.cc the only file that speaks OpenSSL's X.509.
#include "identity/revocation.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>

#include "base/freed_by.h"

namespace amime::identity {
namespace {

using InputPtr = std::unique_ptr<BIO, base::FreedBy<BIO_free>>;
using LeafPtr = std::unique_ptr<X509, base::FreedBy<X509_free>>;
using ListPtr = std::unique_ptr<X509_CRL, base::FreedBy<X509_CRL_free>>;
using KeyIdPtr = std::unique_ptr<AUTHORITY_KEYID, base::FreedBy<AUTHORITY_KEYID_free>>;

InputPtr input_of(std::string_view text) {
  return InputPtr(BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX))));
}

// Whether reading ended because there is nothing more; clears OpenSSL's queue.
bool ended_well() {
  const bool out = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return out;
}

std::vector<LeafPtr> certificates_in(std::string_view pem, bool* whole) {
  const InputPtr in = input_of(pem);
  std::vector<LeafPtr> out;
  while (LeafPtr next{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) out.push_back(std::move(next));
  *whole = ended_well() && !out.empty();
  return out;
}

std::string name_of(const X509_CRL* list) {
  char text[256] = "";
  X509_NAME_oneline(X509_CRL_get_issuer(list), text, sizeof text);
  return text;
}

// By name, and by the identifier of its key where the list has one: old and new roots may have the same name.
bool claims_to_be_of(X509_CRL* list, const X509* authority) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(authority)) != 0) return false;
  const KeyIdPtr id(static_cast<AUTHORITY_KEYID*>(X509_CRL_get_ext_d2i(list, NID_authority_key_identifier, nullptr, nullptr)));
  X509_get0_subject_key_id(const_cast<X509*>(authority));  // has OpenSSL read what X509_check_akid compares
  return !id || X509_check_akid(authority, id.get()) == X509_V_OK;
}

enum class Origin { kOurs, kOthers, kForged };

Origin origin_of(X509_CRL* list, const std::vector<LeafPtr>& authorities) {
  Origin out = Origin::kOthers;
  for (const auto& authority : authorities) {
    if (!claims_to_be_of(list, authority.get())) continue;
    if (X509_CRL_verify(list, X509_get0_pubkey(authority.get())) == 1) return Origin::kOurs;
    ERR_clear_error();
    out = Origin::kForged;
  }
  return out;
}

bool out_of_date(const X509_CRL* list, Time now) {
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
  return next != nullptr && ASN1_TIME_cmp_time_t(next, std::chrono::system_clock::to_time_t(now)) < 0;
}

}  // namespace

struct RevocationList::Lists {
  std::vector<ListPtr> all;
};

RevocationList::RevocationList() : lists_(std::make_unique<Lists>()) {}
RevocationList::~RevocationList() = default;

absl::StatusOr<std::shared_ptr<const RevocationList>> RevocationList::parse(std::string_view pem,
                                                                            const std::vector<Certificate>& authorities, Time now) {
  std::vector<LeafPtr> ours;
  bool whole = false;
  for (const auto& authority : authorities)
    for (auto& it : certificates_in(authority.pem, &whole)) ours.push_back(std::move(it));
  std::shared_ptr<RevocationList> out(new RevocationList());
  const InputPtr in = input_of(pem);
  std::size_t count = 0;
  while (ListPtr list{PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)}) {
    ++count;
    // RFC 5280, 5.2: whoever does not understand a critical extension must not take the list for a complete one.
    if (X509_CRL_get_ext_by_critical(list.get(), 1, -1) >= 0)
      return absl::InvalidArgumentError(fmt::format("list {} is only a part of one (a critical extension)", count));
    const Origin origin = origin_of(list.get(), ours);
    if (origin == Origin::kForged)
      return absl::InvalidArgumentError(fmt::format("list {} is not signed by {}, whose name it has", count, name_of(list.get())));
    if (origin == Origin::kOthers)
      out->remarks_.push_back(
          fmt::format("list {} is of {}, whose certificate is not here: its signature is not checked", count, name_of(list.get())));
    if (out_of_date(list.get(), now))
      out->remarks_.push_back(fmt::format("list {} of {} should have been replaced by now; it still counts", count, name_of(list.get())));
    out->lists_->all.push_back(std::move(list));
  }
  if (!ended_well()) return absl::InvalidArgumentError(fmt::format("list {} cannot be read", count + 1));
  if (count == 0) return absl::InvalidArgumentError("holds no certificate revocation list in PEM");
  return std::shared_ptr<const RevocationList>(std::move(out));
}

bool RevocationList::revokes(std::string_view chain_pem) const {
  bool whole = false;
  const auto chain = certificates_in(chain_pem, &whole);
  if (!whole) return true;
  return std::any_of(chain.begin(), chain.end(), [&](const LeafPtr& certificate) {
    return std::any_of(lists_->all.begin(), lists_->all.end(), [&](const ListPtr& list) {
      X509_REVOKED* entry = nullptr;
      return X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_issuer_name(certificate.get())) == 0 &&
             X509_CRL_get0_by_serial(list.get(), &entry, X509_get0_serialNumber(certificate.get())) == 1;
    });
  });
}

}  // namespace amime::identity
