#include "delivery/debug_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace amime::delivery {
namespace {

// Each tells of one proxy alone.
constexpr std::array<std::string_view, 3> kOfOneProxy{"config_dump", "ndsz", "edsz"};

}  // namespace

Viewer viewer_of(const Peer* peer) {
  if (peer == nullptr) return {};
  if (const ProvenPeer* proven = peer->proven()) return {false, *proven};
  return {peer->on_loopback(), std::nullopt};
}

absl::StatusOr<std::string> namespace_in_sight(const Viewer& viewer, std::string_view page) {
  if (viewer.local) return std::string();
  if (!viewer.proven)
    return absl::UnauthenticatedError(
        "/debug is shown to this machine alone (kubectl port-forward comes from there), or to who proves who it is: over HTTP with "
        "\"Authorization: Bearer TOKEN\" of an issuer that --jwt-rule names, over xDS on the port of --secure-xds-address");
  if (viewer.proven->in_root_namespace) return std::string();
  if (std::find(kOfOneProxy.begin(), kOfOneProxy.end(), page) != kOfOneProxy.end()) return viewer.proven->ns;
  return absl::PermissionDeniedError(
      fmt::format("{} is shown to workloads of the root namespace; to those of {}: config_dump, ndsz and edsz of its own proxies", page,
                  viewer.proven->ns));
}

}  // namespace amime::delivery
