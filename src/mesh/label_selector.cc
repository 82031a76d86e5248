#include "mesh/label_selector.h"

#include <algorithm>

#include "mesh/mesh.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::mesh {

bool operator_has_values(std::string_view op) { return op == "In" || op == "NotIn"; }
bool known_operator(std::string_view op) { return operator_has_values(op) || op == "Exists" || op == "DoesNotExist"; }

LabelSelector::LabelSelector(const istio::mesh::v1alpha1::LabelSelector& written)
    : labels(written.matchlabels().begin(), written.matchlabels().end()) {
  for (const auto& one : written.matchexpressions())
    requirements.push_back({one.key(), one.operator_(), {one.values().begin(), one.values().end()}});
}

// Without the label nothing is in a set, so everything that lacks it is not in.
bool LabelSelector::Requirement::holds(const Labels& labels) const {
  const auto found = labels.find(key);
  const bool there = found != labels.end();
  if (op == "Exists") return there;
  if (op == "DoesNotExist") return !there;
  const bool in = there && std::find(values.begin(), values.end(), found->second) != values.end();
  return op == "In" ? in : !in;
}

bool LabelSelector::selects(const Labels& of) const {
  return mesh::selects(labels, of) &&
         std::all_of(requirements.begin(), requirements.end(), [&](const auto& requirement) { return requirement.holds(of); });
}

}  // namespace amime::mesh
