// Verdicts: versions of objects that a proxy refuses, and what is in force in their place: the last version before that was
// not refused, or, of a first version, nothing. A verdict ends when the object is edited.
//
// Only of objects that shape traffic: a policy is never taken out of force this way, it fails closed. Part of Holds
// (holds.h): pure, one thread (the writer's).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mesh/mesh.h"

namespace amime::mesh {

struct Verdict {
  ObjectKey key;
  std::uint64_t digest = 0;  // of the version
  std::string reason;        // in Envoy's words, and at whom
  bool operator==(const Verdict&) const = default;
};

// What may be blamed for what a proxy refused.
struct Suspect {
  ObjectPtr version;    // in force
  ObjectPtr before;     // what would be in its place; null: nothing
  bool edited = false;  // it came into force after the first read
};

class Verdicts {
 public:
  using Changes = std::map<ObjectKey, ObjectPtr>;
  using Time = std::chrono::steady_clock::time_point;

  // Those of a process before: they hold as long as the same versions are written.
  void remember(std::vector<Verdict> verdicts) { remembered_ = std::move(verdicts); }
  // `written` is the version of the verdict.
  void reject(const Verdict& verdict, const ObjectPtr& written, Time now);
  // Adds what was written of refused objects to `changes`, where they do not say it.
  void add_written(Changes& changes) const;
  // Replaces refused versions in `changes` by what stands in their place.
  void put_back(const Mesh& in_force, Changes& changes, Time now);
  // `changes` are about to come into force: what they replace may be needed.
  void note(const Mesh& in_force, const Changes& changes);

  bool empty() const { return rejected_.empty() && remembered_.empty(); }
  bool contains(const ObjectKey& key) const { return rejected_.contains(key); }
  // Of these objects those that can be blamed.
  std::vector<Suspect> suspects(const Mesh& in_force, const std::vector<ObjectKey>& keys) const;

  struct Rejected {
    ObjectPtr written, instead;
    std::string reason;
    Time since;
  };
  const std::map<ObjectKey, Rejected>& rejected() const { return rejected_; }

 private:
  std::map<ObjectKey, Rejected> rejected_;
  std::vector<Verdict> remembered_;
  std::map<ObjectKey, std::vector<ObjectPtr>> before_;  // versions that were in force, oldest first, few
};

}  // namespace amime::mesh
