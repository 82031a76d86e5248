// RandomMesh: a small random mesh and random edits of it, for tests that compare two ways to the same state.
// Deterministic for a seed.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "mesh/mesh.h"

namespace amime::test {

class RandomMesh {
 public:
  explicit RandomMesh(std::uint32_t seed) : random_(seed) {}

  // One edit: an object added, changed or removed; applied to objects().
  mesh::Change edit();
  std::vector<mesh::Change> edits(int n);
  std::vector<mesh::ObjectPtr> objects() const;

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }
  bool chance(int percent) { return pick(100) < percent; }
  std::string ns() { return std::string(1, static_cast<char>('a' + pick(3))); }
  std::string service_name() { return "s" + std::to_string(pick(6)); }
  std::string host() { return chance(30) ? service_name() : service_name() + "." + ns() + ".svc.cluster.local"; }

  mesh::ObjectPtr service();
  mesh::ObjectPtr slice();
  mesh::ObjectPtr pod();
  mesh::ObjectPtr node();
  mesh::ObjectPtr virtual_service();
  mesh::ObjectPtr destination_rule();
  mesh::ObjectPtr service_entry();
  mesh::ObjectPtr workload_entry();
  mesh::ObjectPtr sidecar();
  mesh::ObjectPtr gateway();
  mesh::ObjectPtr gateway_virtual_service();
  mesh::ObjectPtr delegate();
  mesh::ObjectPtr mesh_config();
  mesh::ObjectPtr secret();
  mesh::ObjectPtr wasm_plugin();
  mesh::ObjectPtr namespace_object();
  mesh::ObjectPtr envoy_filter();
  mesh::ObjectPtr telemetry();

  std::mt19937 random_;
  std::map<mesh::ObjectKey, mesh::ObjectPtr> objects_;
};

}  // namespace amime::test
