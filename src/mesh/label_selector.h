// LabelSelector: what Kubernetes calls by that name (MeshConfig.discoverySelectors, Gateway API's allowedRoutes), read once. A value;
// any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace istio::mesh::v1alpha1 {
class LabelSelector;
}

namespace amime::mesh {

struct LabelSelector {
  struct Requirement {
    std::string key, op;  // In, NotIn, Exists, DoesNotExist
    std::vector<std::string> values;
    bool holds(const Labels& labels) const;
    bool operator==(const Requirement&) const = default;
  };
  LabelSelector() = default;
  explicit LabelSelector(const istio::mesh::v1alpha1::LabelSelector& written);
  // matchLabels and matchExpressions, all of them. An empty selector selects everything.
  bool selects(const Labels& of) const;
  bool operator==(const LabelSelector&) const = default;

  std::map<std::string, std::string> labels;
  std::vector<Requirement> requirements;
};

// Whether there is such an operator; whether it has values.
bool known_operator(std::string_view op);
bool operator_has_values(std::string_view op);

}  // namespace amime::mesh
