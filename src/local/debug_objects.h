// /debug/objects: the truth about "applied", object by object: in force, on its way to which proxies, held and why, rejected
// and by whom. "Sent" is not "in force": only acknowledgements count. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delivery/control_plane.h"
#include "local/debug_config.h"
#include "source/gateway_api/conversion.h"
#include "translate/note.h"

namespace amime::local {

// A JSON array, sorted by kind, namespace and name:
//   {"object": "VirtualService default/a", "state": "Held", "reason": "no DestinationRule of ... has subset v2",
//    "until": "2026-11-24T10:00:30Z", "proxies": 3, "pending": ["client-0.app"],
//    "version": "0123456789abcdef"}, a digest of the version in force
// state: Invalid (its file says something impossible; a last good version may be in force), Held (the version before stays
// in force), Retained (removed, kept for a while), Rejected (a proxy refused what came of it; reason: Envoy's own words; the
// version before is in force if it is this object's fault, see delivery/court.h),
// Delivering (the proxies in "pending" have not acknowledged it, "waiting" says what they wait for), InForce.
// Of Gateway API and Ingress also "conditions" and, of a Gateway's listeners and a route's parents, "parts"; states more: NotAccepted
// (a condition says why), Ignored (another controller's). What is derived of them has no row: it is told of at what it comes of.
// "notes": what translation has to say of it: what is not honoured, what a proxy cannot load, what dangles.
// `only`: "KIND/NAME", "KIND/NAMESPACE/NAME" or empty.
std::string objects_json(const delivery::ControlPlane& plane, const SourceStatuses& sources, const source::gateway_api::Statuses& derived,
                         std::string_view only, const std::vector<translate::Note>& notes = {});

}  // namespace amime::local
