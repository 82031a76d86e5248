// Outputs: the derived objects, by the slot that makes them (a Gateway, a place's routes), and how they differ from what was handed
// out before. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/object.h"

namespace amime::source::gateway_api {

class Outputs {
 public:
  // Replaces what the slot makes. At most once a slot between two take().
  void set(const std::string& slot, const std::vector<mesh::ObjectPtr>& objects);
  // Appends the changes since the last time.
  void take(std::vector<mesh::Change>& out);
  std::map<mesh::ObjectKey, mesh::ObjectPtr> all() const;

 private:
  using Made = std::map<mesh::ObjectKey, mesh::ObjectPtr>;
  std::map<std::string, Made> slots_;
  Made changed_;
};

}  // namespace amime::source::gateway_api
