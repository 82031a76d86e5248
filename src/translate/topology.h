// Where a workload is, as labels say it: Istio adds its place to every endpoint's and proxy's labels, so that subsets and
// failoverPriority can name it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mesh/model.h"
#include "translate/view.h"

namespace amime::translate {

inline constexpr std::string_view kRegionLabel = "topology.kubernetes.io/region";
inline constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";
inline constexpr std::string_view kSubzoneLabel = "topology.istio.io/subzone";
inline constexpr std::string_view kNetworkLabel = "topology.istio.io/network";
inline constexpr std::string_view kClusterLabel = "topology.istio.io/cluster";
inline constexpr std::string_view kHostnameLabel = "kubernetes.io/hostname";

// The same label of the view's own proxy. Reads of the proxy only what decides this label.
std::string proxy_label_value(View& view, const std::string& label);

// Service.spec.trafficDistribution (PreferClose, PreferSameZone, PreferSameNode), in any case.
enum class TrafficDistribution : std::uint8_t { kAny, kSameZone, kSameNode };
TrafficDistribution traffic_distribution(const mesh::Service& service);

}  // namespace amime::translate
