// What the Telemetry objects that count for a proxy make of Istio's standard metrics. Later entries have the last word.
//
// Fields: Telemetry.metrics (providers, overrides); MeshConfig.defaultProviders.metrics. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "translate/listener_class.h"

namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

struct MetricChange {
  bool disabled = false;
  std::map<std::string, std::optional<std::string>> tags;  // the CEL expression of each; none: without that tag
};

struct MetricChoice {
  bool prometheus = false;                      // a provider of that kind is among those that count
  std::vector<std::string> others;              // providers of another kind, and names that nobody has
  bool disabled = false;                        // all of them
  std::map<std::string, MetricChange> changes;  // by name in the API (REQUEST_COUNT) or custom
  std::set<std::string> named;                  // of these, those that an override names: not just all
};
MetricChoice choose_metrics(const std::vector<mesh::ObjectPtr>& telemetries, const istio::mesh::v1alpha1::MeshConfig& mesh_config,
                            ListenerClass listener_class);

}  // namespace amime::translate
