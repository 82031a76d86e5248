// Which authority the mesh has now: the one that is plugged in (files, as Istio's Secret `cacerts` is mounted), or its own.
//
// check() is for one thread, now and then (files change, roots grow old); current() for any.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <string>

#include "base/published.h"
#include "identity/authority.h"
#include "identity/own_roots.h"

namespace amime::identity {

class AuthorityKeeper {
 public:
  struct Options {
    // Where ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem may be, or tls.crt, tls.key and ca.crt as cert-manager
    // writes them. Neither there: own roots.
    std::string plugged_dir;
    OwnRoots::Options own;
    Authority::Lifetimes lifetimes;
  };
  explicit AuthorityKeeper(Options options) : options_(std::move(options)), own_(options_.own) {}

  // Reads again what may have changed. What cannot be used is returned as an error, and the authority before stays. One that was plugged
  // in and is gone is such an error too: the mesh does not fall back to roots that nobody trusts.
  absl::Status check(Time now);
  // Null before the first check() that was Ok.
  std::shared_ptr<const Authority> current() const { return current_.get(); }

 private:
  absl::StatusOr<AuthorityFiles> files(Time now);
  Options options_;
  OwnRoots own_;
  AuthorityFiles last_;
  bool plugged_ = false;
  base::Published<Authority> current_;
};

}  // namespace amime::identity
