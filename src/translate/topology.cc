#include "translate/topology.h"

#include <algorithm>
#include <cctype>

#include "translate/locality_lb.h"

namespace amime::translate {
namespace {

std::string find(const mesh::Labels& labels, const std::string& label) {
  const auto found = labels.find(label);
  return found == labels.end() ? std::string() : found->second;
}

// The part of a place that a topology label names; null: `label` is none of them.
const std::string* part_of(const mesh::Locality& place, std::string_view label) {
  if (label == kRegionLabel) return &place.region;
  if (label == kZoneLabel) return &place.zone;
  if (label == kSubzoneLabel) return &place.subzone;
  return nullptr;
}

bool names_place(std::string_view label) { return label == kRegionLabel || label == kZoneLabel || label == kSubzoneLabel; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::string label_value(const mesh::Endpoint& endpoint, const std::string& label) {
  const std::string* part = part_of(endpoint.locality, label);
  if (part && !part->empty()) return *part;
  // All endpoints and proxies that we know are of one cluster: this label never tells them apart.
  if (label == kClusterLabel) return {};
  if (label == kHostnameLabel && !endpoint.node_name.empty()) return endpoint.node_name;
  std::string own = endpoint.labels ? find(*endpoint.labels, label) : std::string();
  return own.empty() && label == kNetworkLabel ? endpoint.network : own;
}

std::string proxy_label_value(View& view, const std::string& label) {
  if (names_place(label)) {
    const mesh::Locality place = view.proxy_locality();
    const std::string* part = part_of(place, label);
    if (!part->empty()) return *part;
  }
  if (label == kClusterLabel) return {};
  if (label == kHostnameLabel && !view.proxy_identity().node_name.empty()) return view.proxy_identity().node_name;
  std::string own = find(view.proxy_labels(), label);
  return own.empty() && label == kNetworkLabel ? std::string(view.proxy_network()) : own;
}

TrafficDistribution traffic_distribution(const mesh::Service& service) {
  const std::string& text = service.traffic_distribution;
  if (equals_ignoring_case(text, "PreferClose") || equals_ignoring_case(text, "PreferSameZone")) return TrafficDistribution::kSameZone;
  if (equals_ignoring_case(text, "PreferSameNode")) return TrafficDistribution::kSameNode;
  return TrafficDistribution::kAny;
}

}  // namespace amime::translate
