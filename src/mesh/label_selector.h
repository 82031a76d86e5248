// LabelSelector: what Kubernetes calls by that name (MeshConfig.discoverySelectors have it), read once. A value; any thread.
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

class LabelSelector {
 public:
  explicit LabelSelector(const istio::mesh::v1alpha1::LabelSelector& written);
  // matchLabels and matchExpressions, all of them. An empty selector selects everything.
  bool selects(const Labels& labels) const;
  bool operator==(const LabelSelector&) const = default;

 private:
  struct Requirement {
    std::string key, op;  // In, NotIn, Exists, DoesNotExist
    std::vector<std::string> values;
    bool holds(const Labels& labels) const;
    bool operator==(const Requirement&) const = default;
  };
  std::map<std::string, std::string> labels_;
  std::vector<Requirement> requirements_;
};

// Whether there is such an operator; whether it has values.
bool known_operator(std::string_view op);
bool operator_has_values(std::string_view op);

}  // namespace amime::mesh
