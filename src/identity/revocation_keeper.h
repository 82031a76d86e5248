// Which revocation lists are in force: those of ca-crl.pem (Istio's name) beside a plugged-in authority. Like every policy they fail
// closed: lists that cannot be used, or are gone, leave those before in force.
//
// check() is for one thread, now and then; current() for any.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>

#include "base/published.h"
#include "identity/authority.h"
#include "identity/revocation.h"

namespace amime::identity {

class RevocationKeeper {
 public:
  explicit RevocationKeeper(const std::string& dir) : file_(dir.empty() ? "" : dir + "/ca-crl.pem") {}

  // Reads again what may have changed; `authority` says whose lists count. The error names the file and what is wrong with it.
  absl::Status check(const std::shared_ptr<const Authority>& authority, Time now);
  // Holds null as long as there never was a list.
  const base::Published<RevocationList>& current() const { return current_; }

 private:
  const std::string file_;
  std::string last_;                        // what current_ was made of,
  std::shared_ptr<const Authority> whose_;  // and with whom
  base::Published<RevocationList> current_;
};

}  // namespace amime::identity
