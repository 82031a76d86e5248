// Who may see which page of /debug, by HTTP and over xDS: who is on this machine, all; from elsewhere only who proves who it is, and
// workloads outside the root namespace only what belongs to their own (istiod: ENABLE_DEBUG_ENDPOINT_AUTH).
//
// Pure; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "delivery/transport.h"

namespace amime::delivery {

// Who asks.
struct Viewer {
  bool local = false;  // over plaintext, from a loopback address
  std::optional<ProvenPeer> proven;
};
Viewer viewer_of(const Peer* peer);  // null: a stranger

// Of whose proxies the page may tell: of those of one namespace; empty: of all. `page`: the path below /debug/, without a query.
// Unauthenticated: says how to prove oneself; PermissionDenied: not this page.
absl::StatusOr<std::string> namespace_in_sight(const Viewer& viewer, std::string_view page);

}  // namespace amime::delivery
