// What an Envoy of `amime up` is started with.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "local/localize.h"

namespace amime::local {

// The bootstrap as JSON: the Node as Istio's agents write it (with the AMIME_* addresses), ADS at 127.0.0.1:`xds_port`,
// the admin interface at the workload's inbound address.
std::string bootstrap_json(const Workload& workload, std::uint16_t xds_port);
std::vector<std::string> envoy_arguments(const std::string& binary, const std::string& bootstrap);

// The Node's id: TYPE~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local
std::string node_id(const Workload& workload);

// Where Envoy is: `given` if not empty, else $AMIME_ENVOY, .deps/envoy beside or above this binary or the working
// directory, $AMIME_DEPS/envoy, PATH. NotFound says how to get it.
absl::StatusOr<std::string> find_envoy(const std::string& given);

}  // namespace amime::local
