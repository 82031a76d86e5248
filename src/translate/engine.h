// Engine: keeps every scope's resources up to date as the mesh changes, recomputing only what the change touches.
//
// It runs the graph of rules (rule.h). Each run's reads are its trace; a product is shared by all scopes in which its
// trace verifies, and re-run only when a touched fact is among its reads. Scopes that agree on all facts that were read
// are one layer and share everything. Incremental equals from-scratch, byte for byte (engine_test.cc, tests/random).
// Owned and called by one thread (the writer); what it hands out is immutable.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mesh/mesh.h"
#include "translate/resource_set.h"
#include "translate/rule.h"

namespace amime::translate {

// All that one proxy is to have: a set per type. Equal content is the same object.
struct Catalog {
  std::array<ResourceSetPtr, kTypes> sets;  // by Type; never null
  const ResourceSetPtr& of(Type type) const { return sets[static_cast<std::size_t>(type)]; }
};
using CatalogPtr = std::shared_ptr<const Catalog>;

// How route tables travel to a proxy: whole (state of the world), or as a table that asks for its virtual hosts one by
// one (VHDS, delta only).
enum class RouteDelivery : std::uint8_t { kWhole, kPerVirtualHost };

class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The next snapshot. Returns how many rules were run.
  std::size_t update(mesh::Mesh next, const mesh::ChangeSet& changes);
  const mesh::Mesh& mesh() const;

  // A scope is what a proxy's facts and capabilities make of it. attach() finds or makes it; detach() lets it go.
  using ScopeId = std::uint64_t;
  ScopeId attach(const mesh::ProxyFacts& proxy, RouteDelivery delivery);
  void detach(ScopeId scope);
  CatalogPtr catalog(ScopeId scope) const;
  // Scopes whose catalog differs since the last call; cleared by the call.
  std::vector<ScopeId> take_changed();

  // What translation has to say about the objects, over all scopes; sorted, each once.
  std::vector<Note> notes() const;

  struct Stats {
    std::size_t layers = 0, scopes = 0, products = 0, runs = 0, verifications = 0;
  };
  Stats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace amime::translate
