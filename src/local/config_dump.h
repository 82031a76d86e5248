// The resources that a proxy was sent, in the form of Envoy's GET /config_dump. A pure function.
#pragma once

#include <array>
#include <string>

#include "translate/resource_set.h"

namespace amime::local {

struct SentSets {
  std::array<translate::ResourceSetPtr, translate::kTypes> of;  // by Type; null: nothing
  std::array<std::string, translate::kTypes> version;
};

// BootstrapConfigDump (empty), clusters, endpoints (if asked for), listeners, routes with their virtual hosts, secrets
// (names only), in Istio's order.
std::string config_dump_json(const SentSets& sets, bool include_endpoints);
// The resources of some types ("nds,ecds", see translate::type_short) as they are, but for what is secret. Other names are passed over.
std::string typed_config_dump_json(const SentSets& sets, std::string_view types);

}  // namespace amime::local
