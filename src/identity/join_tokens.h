// Join tokens: how a workload without Kubernetes proves for the first time who it is. Made by `amime token create`, shown once,
// good for one certificate; afterwards the certificate speaks for itself. On disk there are only digests, one file a token in a
// directory of the state (0700), which the command and the control plane share.
//
// Any thread, any process: using one up is one rename in the file system.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "identity/secret.h"
#include "identity/spiffe.h"
#include "identity/x509.h"

namespace amime::identity {

class JoinTokens {
 public:
  explicit JoinTokens(std::string dir) : dir_(std::move(dir)) {}

  struct Entry {
    std::string id;  // may be shown, logged, revoked by
    Workload workload;
    Time expires;
  };
  struct Created {
    Entry entry;
    Secret token;  // "amime-join.ID.SECRET"
  };
  // InvalidArgument: a workload that could not be one, a ttl that is not positive or over 30 days.
  absl::StatusOr<Created> create(const Workload& workload, std::chrono::seconds ttl, Time now) const;

  // Whose it is; as use(), but it stays good.
  absl::StatusOr<Entry> look(std::string_view token, Time now) const;
  // Whose it was; it is used up. Unauthenticated: unknown, used, revoked or expired, all in the same words.
  absl::StatusOr<Entry> use(std::string_view token, Time now) const;
  // Whether it looks like one of these (and not like a JWT).
  static bool is_one(std::string_view token);

  absl::StatusOr<std::vector<Entry>> list() const;  // by the time of their end
  absl::Status revoke(std::string_view id) const;   // NotFound

 private:
  std::string dir_;
};

}  // namespace amime::identity
