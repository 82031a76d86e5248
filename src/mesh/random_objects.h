// Generator: random objects of a small world (few namespaces, names, hosts and addresses), so that edits meet each other.
// For tests of any room that compare incremental with from-scratch results.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "mesh/mesh.h"

namespace amime::mesh::testing {

extern const std::vector<std::string> kRandomNamespaces;
extern const std::vector<std::string> kRandomHosts;  // that Services and ServiceEntries may have
extern const std::vector<std::string> kRandomIps;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  ObjectPtr object();
  std::size_t number(std::size_t below) { return random_() % below; }
  bool chance(std::size_t one_in) { return number(one_in) == 0; }

 private:
  const std::string& pick(const std::vector<std::string>& from) { return from[number(from.size())]; }
  std::string ns() { return pick(kRandomNamespaces); }
  std::string export_to();
  std::string host();
  Labels labels();
  ObjectPtr any();
  ObjectPtr random_service();
  ObjectPtr random_slice();
  ObjectPtr random_pod();
  ObjectPtr random_entry();
  ObjectPtr random_workload();
  ObjectPtr random_rule();
  ObjectPtr random_virtual_service();
  ObjectPtr random_sidecar();
  ObjectPtr random_gateway();
  ObjectPtr random_policy();
  ObjectPtr rest();

  std::mt19937 random_;
};

}  // namespace amime::mesh::testing
