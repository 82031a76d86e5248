// Facts: the objects that derived ones depend on, and who asked for which.
//
// Derivation goes unit by unit (a Gateway, a route, an Ingress). A unit can only see objects through Reads, which records what it
// asked for, also where there was nothing; so a change says by itself which units have to be derived anew. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace amime::source::gateway_api {

// A kind that some unit may ask for.
bool is_fact(mesh::Kind kind);

class Facts {
 public:
  using Units = std::set<mesh::ObjectKey>;

  // Takes the change in and adds to `dirty` the units that asked for the object, or for a list that it is in.
  void take(const mesh::Change& change, Units& dirty);
  // Adds the units that asked for the object of this key, because what was derived of it is another.
  void touch(const mesh::ObjectKey& key, Units& dirty) const;
  mesh::ObjectPtr find(const mesh::ObjectKey& key) const;

 private:
  friend class Reads;
  void forget(const mesh::ObjectKey& unit);
  void record(const mesh::ObjectKey& unit, mesh::ObjectKey asked);

  std::map<mesh::ObjectKey, mesh::ObjectPtr> objects_;
  std::map<mesh::ObjectKey, Units> askers_;  // by what was asked for; no name: a namespace's list, no namespace either: all
  std::map<mesh::ObjectKey, std::set<mesh::ObjectKey>> asked_;  // by unit
};

// What one unit sees while it is derived; forgets what it asked for the last time.
class Reads {
 public:
  Reads(Facts& facts, mesh::ObjectKey unit) : facts_(facts), unit_(std::move(unit)) { facts_.forget(unit_); }
  Reads(const Reads&) = delete;
  Reads& operator=(const Reads&) = delete;

  mesh::ObjectPtr find(mesh::Kind kind, std::string_view ns, std::string_view name);
  std::vector<mesh::ObjectPtr> all(mesh::Kind kind);  // by namespace and name
  std::vector<mesh::ObjectPtr> of_namespace(mesh::Kind kind, std::string_view ns);

 private:
  Facts& facts_;
  mesh::ObjectKey unit_;
};

}  // namespace amime::source::gateway_api
