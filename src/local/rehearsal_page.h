// POST /debug/rehearse: what a change would do (delivery/rehearsal.h), for `amime apply --dry-run`. Any thread.
//
// Asked: {"objects": "YAML", "deleted": [{"kind": "Service", "namespace": "default", "name": "a"}], "resources": true}
// Answered:
//   {"proxies": 12, "touched": 3, "bytes": 4711,
//    "objects": [{"object": "VirtualService default/a", "state": "Held", "reason": "...", "until": "..."}],   not simply in force
//    "types": [{"type": "cds", "added": 1, "changed": 0, "removed": 0}],
//    "order": [{"first": "cds X is there", "then": "vhds 80/a names it"}],
//    "resources": [{"type": "vhds", "name": "80/a", "proxies": 3, "before": {...}, "after": {...}}], "omitted": 0}
// 400: the body is not that, or an object in it is bad; 503: nothing is in force yet.
#pragma once

#include <string_view>

#include "base/http.h"
#include "delivery/control_plane.h"

namespace amime::local {

base::HttpResponse rehearsal_page(delivery::ControlPlane& plane, std::string_view body);

}  // namespace amime::local
