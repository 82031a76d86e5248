// Holds: which version of each object is in force. What users write in whatever order must break no request, so between
// what was read and the mesh stands this:
//
//   hold    an edit that newly names what is not there keeps its last version in force, until it is there, at most
//           `dangling_timeout`; then it goes into force as written, loudly. References that dangled before, and first
//           versions, never hold (unless annotated amime.dev/hold: "true"). Likewise an edit that would lose what requests in
//           force need and that comes only later (losses.h): endpoints under a port's new name or a subset's new labels,
//           a server's new certificate.
//   retain  a host, port, subset or gateway server that disappears stays for `removal_grace` beside what came, longer while
//           a route in force names it, at most `dangling_timeout`.
//
//   reject  a version that a proxy refuses (verdicts.h) gives way to the one before.
//
// Endpoints and policies are neither held nor retained: an address may be another pod's by now, and policies fail closed.
// A pure state machine over time; one thread (the writer's).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mesh/mesh.h"
#include "mesh/verdicts.h"

namespace amime::mesh {

using HoldTime = std::chrono::steady_clock::time_point;

struct HoldOptions {
  std::chrono::milliseconds dangling_timeout{30'000};  // 0: nothing is held; negative: until resolved
  std::chrono::milliseconds removal_grace{5'000};      // 0: nothing is retained
};

// An object whose version in force is not what was written.
struct Hold {
  enum class What : std::uint8_t { kHeld, kRetained, kRejected };
  ObjectKey key;
  What what{};
  std::string reason;  // "no DestinationRule of a.default.svc.cluster.local has subset v2"
  HoldTime since;
  std::optional<HoldTime> until;
};
std::string_view state_name(Hold::What what);  // Held, Retained, Rejected

class Holds {
 public:
  explicit Holds(HoldOptions options) : options_(options) {}

  // What was read (`written` of any number of objects, or of none) -> what is to be in force now.
  std::vector<Change> take(const Mesh& in_force, const std::vector<Change>& written, HoldTime now);
  // Refuses versions, where they are still what is in force; a take() has to follow.
  void reject(const Mesh& in_force, const std::vector<Verdict>& verdicts, HoldTime now);
  // Verdicts of a process before; before the first take().
  void remember(std::vector<Verdict> verdicts) { verdicts_.remember(std::move(verdicts)); }
  std::vector<Suspect> suspects(const Mesh& in_force, const std::vector<ObjectKey>& keys) const {
    return verdicts_.suspects(in_force, keys);
  }
  std::vector<Verdict> verdicts() const;
  // When to take() nothing: time alone ends something then.
  std::optional<HoldTime> next() const;

  std::vector<Hold> list() const;
  // What ended by time, not by what was waited for; cleared by the call.
  std::vector<Hold> take_overdue() { return std::exchange(overdue_, {}); }

 private:
  struct Held {
    ObjectPtr written;
    std::string reason;
    HoldTime since;
  };
  struct Kept {
    ObjectPtr written;  // null: deleted
    ObjectPtr before;   // has what is kept
    std::string reason;
    HoldTime since, until;
  };
  std::map<ObjectKey, ObjectPtr> merge(const std::vector<Change>& written) const;
  void retain_removals(const Mesh& in_force, std::map<ObjectKey, ObjectPtr>& changes, HoldTime now);
  void hold_dangling(const Mesh& in_force, std::map<ObjectKey, ObjectPtr>& changes, HoldTime now);
  std::string why_hold(const Mesh& in_force, const Mesh& next, const ObjectPtr& before, const ObjectPtr& after) const;
  std::optional<HoldTime> until(HoldTime since, const Object& object) const;

  const HoldOptions options_;
  std::map<ObjectKey, Held> held_;
  std::map<ObjectKey, Kept> kept_;
  Verdicts verdicts_;
  std::vector<Hold> overdue_;
};

}  // namespace amime::mesh
