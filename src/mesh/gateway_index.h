// GatewayIndex: the Gateway objects of a snapshot, oldest first, and which of them a router serves.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/objects.h"

namespace amime::mesh {

class GatewayIndex {
 public:
  // Those of any namespace whose selector matches a router with these labels in this namespace; without a selector a Gateway is
  // for every router.
  std::vector<ObjectPtr> find(std::string_view ns, const Labels& labels) const;
  void replace(const ObjectPtr& before, const ObjectPtr& after) { ordered_.replace(before, after); }
  void settle();

 private:
  SortedList<ObjectPtr> ordered_;
};

}  // namespace amime::mesh
