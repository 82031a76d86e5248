// What interception needs beside rules: the address ::6 on the loopback device, from which Envoy calls the application (of IPv4,
// all of 127.0.0.0/8 is there anyway), and for TPROXY a routing table that leads marked packets to the loopback device.
//
// Runs `ip`; blocks as long as that takes. One thread at a time.
#pragma once

#include <absl/status/status.h>

#include "agent/intercept/options.h"

namespace amime::agent {

// What the options want is there from then on, what they do not want is not, whatever was there before.
absl::Status set_local_routes(const InterceptOptions& options);
absl::Status remove_local_routes(const InterceptOptions& options);

}  // namespace amime::agent
