// Puts interception into force in the network namespace that the process stands in, and takes it away again.
//
// Blocks for the tools it runs (each with a bound). One thread at a time; needs CAP_NET_ADMIN. Whatever was there of ours before
// is replaced table by table in one transaction, so that a second run changes nothing and a third with other flags leaves
// nothing of the first.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>

#include "agent/intercept/options.h"

namespace amime::agent {

struct ApplyHow {
  bool native_nftables = false;
  std::string iptables_binary;                // "", "legacy" or "nft"
  bool even_if_equal = false;                 // --force-apply
  bool cleanup = false;                       // only take away
  bool dry_run = false;                       // say what would be run, run nothing
  std::function<void(std::string_view)> say;  // a line for the user; never empty
};

absl::Status apply_interception(const InterceptOptions& options, const ApplyHow& how);

}  // namespace amime::agent
