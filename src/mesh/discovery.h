// Discovery: which namespaces' objects take part in the mesh at all (MeshConfig.discoverySelectors), and what of the others is
// kept aside, so that they can come back when their namespace's labels or the selectors change.
// Part of a Snapshot: copied and edited to make the next one.
#pragma once

#include <string_view>
#include <vector>

#include "mesh/mesh_config.h"
#include "mesh/objects.h"

namespace amime::mesh {

class Discovery {
 public:
  // Objects of namespaces that are not selected. Namespaces, Nodes and MeshConfig always take part.
  const Objects& aside() const { return aside_; }

  // What `changes` means for those that take part: changes in namespaces that are not selected become removals, and objects come
  // and go with their namespace. `before`, `now`: the settings; `objects`: those that take part, before the changes.
  std::vector<Change> sort(const std::vector<Change>& changes, const Settings& before, const Settings& now, const Objects& objects);

 private:
  void move(std::string_view ns, bool in, const Objects& objects, std::vector<Change>* out);
  Objects aside_;
};

}  // namespace amime::mesh
