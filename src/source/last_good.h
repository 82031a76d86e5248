// The durable record of last good versions.
//
// Files in --state-dir (0700): what is in force although it is not what is written, kept up at once, and what was good
// when the process ended or last rested, for files that are broken while it is away. Each is replaced atomically and synced,
// so that a crash leaves the old record or the new one. Never holds a Secret. One thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "source/parse.h"

namespace amime::source {

struct LastGoodRecord {
  mesh::ObjectKey key;
  std::string json;  // the object as its author wrote it
  std::string file;  // where
  int line = 0;
  bool operator==(const LastGoodRecord&) const = default;
};

class LastGood {
 public:
  static constexpr char kHeld[] = "last-good.jsonl";
  static constexpr char kGood[] = "good.jsonl";
  static constexpr char kInForce[] = "in-force.jsonl";  // versions before edits that are held (mesh/holds.h)

  // `state_dir` is made if it does not exist; empty: nothing is kept beyond this process.
  LastGood(std::string state_dir, std::string name) : state_dir_(std::move(state_dir)), name_(std::move(name)) {}

  // What an earlier process recorded. A record that is no longer readable is left out, not an error.
  absl::StatusOr<std::vector<LastGoodRecord>> load();
  // Replaces the record; does nothing if it is the same as before.
  absl::Status store(std::vector<LastGoodRecord> records);

 private:
  std::string path() const { return state_dir_ + "/" + name_; }
  absl::Status prepare() const;

  std::string state_dir_, name_;
  std::uint64_t stored_ = 0;  // hash of the file's content
};

// The object of a record; null if it no longer parses.
mesh::ObjectPtr object_of(const LastGoodRecord& record, const ParseOptions& options);

}  // namespace amime::source
