// Asks the real Envoy whether it takes a resource, off the mesh: `envoy --mode validate` with nothing but that
// resource in a bootstrap. A second or two, no port, no traffic. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "translate/resource.h"

namespace amime::local {

// None: the binary could not be run, or gave no answer in time; or it is a Secret, which is not written to a file.
using EnvoyJudge = std::function<std::optional<bool>(const translate::Resource&)>;
EnvoyJudge envoy_judge(std::string binary);

// The bootstrap, as JSON; what the resource names is not asked for. Empty: there is none for this type.
std::string judge_bootstrap(const translate::Resource& resource);

}  // namespace amime::local
