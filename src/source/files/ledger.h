// Ledger: which version of each object is in force, given what the files said last.
//
// The rules of part 2 of "files": the first file by name wins; a bad version leaves the last good one in force; what
// vanishes is dropped after a settling time; too much that vanishes at once is not believed. No I/O, no clock of its own
// (callers pass the time), one thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mesh/object.h"
#include "source/last_good.h"
#include "source/parse.h"
#include "source/source.h"

namespace amime::source::files {

struct LedgerOptions {
  double max_delete_share = 0.5;              // more than this of at least kShareMatters objects at once: lost
  bool allow_empty = false;                   // believe every loss
  std::chrono::milliseconds settle{200};      // until an object whose file is gone is dropped
  std::chrono::milliseconds edit_settle{50};  // until an object that was edited out of its file is: it may move to another
};

class Ledger {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kShareMatters = 20;

  explicit Ledger(const LedgerOptions& options) : options_(options) {}

  // A last good version that an earlier process recorded; before anything is read.
  void restore(const LastGoodRecord& record, mesh::ObjectPtr object, Time now);

  // Good versions from before, for what the first read finds bad or unreadable; forgotten at the first take(). Objects that
  // no file names are gone.
  void spare(std::vector<LastGoodRecord> records, const ParseOptions& options);

  void update(const std::string& file, ParsedFile parsed, Time now);           // was read
  void unreadable(const std::string& file, const std::string& why, Time now);  // is there, cannot be read: all of it is kept
  void remove(const std::string& file, Time now);                              // is gone
  void directory_lost(std::string why) { directory_error_ = std::move(why); }  // empty: it is there (again)
  bool in_force(const mesh::ObjectKey& key) const;
  // How the good versions from before differ from what is in force now; before the first take().
  std::vector<mesh::Change> before() const;

  // What changed since the last call, with the deletions that are due. `all`: do not wait for anything to settle (the first read).
  std::vector<mesh::Change> take(Time now, bool all = false);
  // When take() should be called again though nothing happens.
  std::optional<Time> deadline() const;

  void fill(SourceStatus& status) const;
  std::vector<LastGoodRecord> to_record() const;  // what is in force although it is not written
  std::vector<LastGoodRecord> all_good() const;

 private:
  struct File {
    ParsedFile parsed;
    std::map<mesh::ObjectKey, std::size_t> index;  // of parsed.objects; the first of several
    std::set<mesh::ObjectKey> kept;                // not readable any more, last good stays
    bool defines(const mesh::ObjectKey& key) const { return index.contains(key) || kept.contains(key); }
    template <class F>
    void each_key(F&& f) const {
      for (const auto& [key, at] : index) f(key);
      for (const auto& key : kept) f(key);
    }
  };
  struct Known {
    std::set<std::string> files;  // that define it, in the order of precedence
    mesh::ObjectPtr in_force;
    mesh::ObjectPtr emitted;
    std::shared_ptr<const std::string> json;  // the text of `in_force`
    mesh::Origin origin;                      // and its place
    std::string held;                         // why the last good version is in force; empty: it is as written
    bool stands_in = false;                   // `in_force` is no version, it denies in place of one (refused_policy.h)
    bool gone = false;                        // no file defines it
    bool counts = false;                      // its going counts towards a loss
    Time since, due;
  };

  void index(const std::string& name, File& file);
  void keep(const std::string& name, File& next) const;
  std::set<mesh::ObjectKey> keys_of(const std::string& file) const;
  void replace(const std::string& name, File next, bool file_gone, Time now);
  void settle(const mesh::ObjectKey& key, Known& known, Time now);
  void put_in_force(Known& known, const ParsedObject& object, const std::string& file);
  void put_stand_in(Known& known, const ParsedObject& object, const std::string& file);
  void drop_from(const std::string& name, const mesh::ObjectKey& key, bool counts, std::chrono::milliseconds wait, Time now);
  void use_spare(const mesh::ObjectKey& key, Known& known);
  void mark_gone(const mesh::ObjectKey& key, Known& known, bool counts, std::chrono::milliseconds wait, Time now);
  void extend_waits(Time now);
  void judge(Time now, bool all);
  bool too_much(std::size_t vanished, std::size_t before) const;
  void fill_policies(SourceStatus& status) const;
  void fill_duplicates(SourceStatus& status) const;

  LedgerOptions options_;
  std::map<std::string, File> files_;
  std::map<mesh::ObjectKey, Known> known_;
  std::map<std::string, std::set<mesh::ObjectKey>> restored_;  // by file, until that file is read
  std::map<mesh::ObjectKey, LastGoodRecord> spare_;
  ParseOptions spare_options_;
  std::set<mesh::ObjectKey> dirty_, gone_;
  std::size_t in_force_ = 0;
  std::string directory_error_;
  std::string loss_;
};

}  // namespace amime::source::files
