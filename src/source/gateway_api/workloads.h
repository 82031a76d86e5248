// Which pods serve a Gateway: those that Istio's deployment for it has, or those of the Service that spec.addresses names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/spec.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

struct GatewayWorkloads {
  std::string ns;
  std::map<std::string, std::string> selector;  // empty: there are none
};
GatewayWorkloads workloads_of(Reads& reads, const mesh::Object& gateway, std::vector<Condition>& conditions);

}  // namespace amime::source::gateway_api
