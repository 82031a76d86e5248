// Which pods serve a Gateway: those that Istio's deployment for it has, or those of a Service that it is
// known by: the one that spec.addresses names, else one of the name that Istio's deployment would have.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

struct GatewayWorkloads {
  std::string ns;
  std::map<std::string, std::string> selector;     // empty: there are none
  std::optional<std::set<std::uint32_t>> ports{};  // those of the Service before the pods; none: any
};
GatewayWorkloads workloads_of(Reads& reads, const mesh::Object& gateway, std::vector<Condition>& conditions);

}  // namespace amime::source::gateway_api
