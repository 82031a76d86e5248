// What the mesh's authorities took back before its time: their certificate revocation lists (RFC 5280, section 5), as the file
// ca-crl.pem of a plugged-in authority holds them.
//
// Immutable; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/x509.h"

namespace amime::identity {

class RevocationList {
 public:
  // All lists of `pem`, one after the other. InvalidArgument: none, one that cannot be read or is only a part of a list (delta, or by
  // kinds of certificates), or one that carries the name of one of `authorities` and is not signed by it. Lists of others count too, though
  // nobody can check them: authorities of other clusters may stand below the same root.
  static absl::StatusOr<std::shared_ptr<const RevocationList>> parse(std::string_view pem, const std::vector<Certificate>& authorities,
                                                                     Time now);
  ~RevocationList();

  // Whether a certificate of the chain is on a list, whenever that list should have been replaced. What cannot be read counts as revoked.
  bool revokes(std::string_view chain_pem) const;
  // What is to be said to people: lists that could not be checked, or that are out of date.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  struct Lists;
  RevocationList();
  std::unique_ptr<Lists> lists_;
  std::vector<std::string> remarks_;
};

}  // namespace amime::identity
