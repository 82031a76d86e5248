// What every source of objects says to the rest of the house: batches of changes, and how it is doing.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "source/problem.h"

namespace amime::source {

// Steps of one moment, applied together. Immutable once handed over.
struct Batch {
  std::vector<mesh::Change> changes;
  bool first = false;  // the complete first read; no answer to a proxy before it
  // Of the first: what a process before had in force, where that is another version; null: it did not have the object.
  std::vector<mesh::Change> before;
};
// Called on the source's own thread, one batch after the other; must not block for long.
using BatchCallback = std::function<void(Batch)>;

// An object whose last good version is in force, because what is written now is bad or cannot be read.
struct HeldObject {
  mesh::ObjectKey key;
  std::string file;  // where the last good version stood
  std::string reason;
  bool operator==(const HeldObject&) const = default;
};

// A snapshot for /ready, /debug/configz and metrics.
struct SourceStatus {
  bool synced = false;            // the first read is complete
  std::size_t files = 0;          // read, good or bad
  std::size_t objects = 0;        // in force
  std::vector<Problem> problems;  // by file and line
  std::vector<HeldObject> held;   // by key
  std::map<std::string, int> unknown_kinds;
  std::string lost;                   // why the source counts as lost; empty: it does not
  std::vector<std::string> blocking;  // security policies that cannot be read and have no last good version
  std::string state_error;            // why the record of last good versions could not be kept; empty: it could

  std::size_t errors() const;
  // Whether /ready may say yes.
  bool ready() const { return synced && lost.empty() && blocking.empty(); }
};

}  // namespace amime::source
