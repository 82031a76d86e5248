// What became of an object of Gateway API or Ingress: the conditions that a controller writes into its status. For views; any
// thread may read what Conversion hands out.
#pragma once

#include <string>
#include <vector>

namespace amime::source::gateway_api {

struct Condition {
  std::string type;  // Accepted, Programmed, ResolvedRefs, Conflicted
  bool status = true;
  std::string reason, message;
  bool operator==(const Condition&) const = default;
};
// Conditions of a part: of a route at one parent ("KubernetesGateway default/gw", "... section https"), of a listener (its name).
struct PartStatus {
  std::string part;
  std::vector<Condition> conditions;
  std::size_t attached = 0;  // a listener's routes
  bool operator==(const PartStatus&) const = default;
};
struct ObjectStatus {
  std::vector<Condition> conditions;
  std::vector<PartStatus> parts;
  bool operator==(const ObjectStatus&) const = default;
};

// What is wrong, for people: "PART: REASON: MESSAGE" of each condition that is not as it should be, one a line; empty: nothing.
std::string trouble(const ObjectStatus& status);

// Sets the condition of this type to false; the first reason stays.
void fail(std::vector<Condition>& conditions, const char* type, const char* reason, std::string message);

}  // namespace amime::source::gateway_api
