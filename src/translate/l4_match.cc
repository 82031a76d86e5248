#include "translate/l4_match.h"

#include <string>

#include "mesh/mesh.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::translate {
namespace {

constexpr std::string_view kMesh = "mesh";

// "gw" is the VirtualService's own namespace's; "ns/gw" is whole.
std::string full_gateway_name(std::string_view name, std::string_view ns) {
  if (name == kMesh) return std::string(name);
  if (name.substr(0, 2) == "./") name.remove_prefix(2);
  if (name.find('/') != std::string_view::npos) return std::string(name);
  return std::string(ns) + "/" + std::string(name);
}

template <class Match>
bool names_gateway(const Match& match, const L4Place& place) {
  for (const auto& gateway : match.gateways())
    if (full_gateway_name(gateway, place.vs_namespace) == place.gateway) return true;
  return match.gateways().empty();
}

template <class Match>
bool names_source(View& view, const Match& match) {
  if (!match.source_namespace().empty() && match.source_namespace() != view.proxy_namespace()) return false;
  if (match.source_labels().empty()) return true;
  const mesh::Labels& labels = view.proxy_labels();
  for (const auto& [key, value] : match.source_labels()) {
    const auto label = labels.find(key);
    if (label == labels.end() || label->second != value) return false;
  }
  return true;
}

// Of a gateway the clients are strangers: what a match says of its source is about sidecars.
template <class Match>
bool applies_to(View& view, const Match& match, const L4Place& place) {
  if (match.port() != 0 && match.port() != place.port) return false;
  return names_gateway(match, place) && (place.gateway != kMesh || names_source(view, match));
}

}  // namespace

bool applies(View& view, const istio::networking::v1alpha3::L4MatchAttributes& match, const L4Place& place) {
  return applies_to(view, match, place);
}
bool applies(View& view, const istio::networking::v1alpha3::TLSMatchAttributes& match, const L4Place& place) {
  return applies_to(view, match, place);
}

}  // namespace amime::translate
