// KeyBook: which key sets RequestAuthentications ask for, what was fetched, and when to ask again. A pure state machine over time.
//
// A set that cannot be fetched, or is none, changes nothing: the last good one stays. Not thread-safe.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mesh/object.h"

namespace amime::source {

using KeyTime = std::chrono::steady_clock::time_point;

struct KeyBookOptions {
  std::chrono::milliseconds refresh{std::chrono::minutes(20)};     // after a success
  std::chrono::milliseconds first_retry{std::chrono::seconds(1)};  // after a failure; twice as long each time, up to
  std::chrono::milliseconds last_retry{std::chrono::minutes(1)};
};

struct KeyRequest {
  std::string uri;
  std::chrono::milliseconds timeout{};
};

// For status and logs.
struct KeyStatus {
  std::string uri;
  bool has_keys = false;
  std::string error;  // of the last try; empty: it went well, or there was none
};

class KeyBook {
 public:
  explicit KeyBook(KeyBookOptions options) : options_(options) {}

  // What became of RequestAuthentications (other kinds are left alone); returns sets that nobody asks for any more, as removals, and
  // those that `remember` held.
  std::vector<mesh::Change> watch(const std::vector<mesh::Change>& changes, KeyTime now);
  // A set of a process before, for when it is asked for.
  void remember(std::string uri, std::string keys) { remembered_[std::move(uri)] = std::move(keys); }

  // What is due. None: nothing before next().
  std::optional<KeyRequest> due(KeyTime now) const;
  std::optional<KeyTime> next() const;
  // What came of it; a change if the keys differ from before. `keys` passed wrong_with_key_set().
  std::optional<mesh::Change> took(const std::string& uri, const std::string& keys, KeyTime now);
  void failed(const std::string& uri, std::string error, KeyTime now);

  std::vector<KeyStatus> status() const;

 private:
  struct Wanted {
    std::set<mesh::ObjectKey> by;
    std::chrono::milliseconds timeout{};
    std::string keys, error;
    int failures = 0;
    KeyTime due;
  };
  void want(const mesh::Object& policy, KeyTime now, std::vector<mesh::Change>* out);

  KeyBookOptions options_;
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, std::string> remembered_;
};

}  // namespace amime::source
