// DirectoryReader: keeps a Ledger in step with a directory (and the mesh's configuration file).
//
// Reads files; knows which ones changed since it last read them. No thread, no waiting, no watching: the caller tells what
// may have changed and when. One thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "source/files/ledger.h"
#include "source/files/scan.h"
#include "source/parse.h"

namespace amime::source::files {

struct DirectoryReaderOptions {
  std::string directory;
  std::string mesh_config_file;  // empty: none
  ParseOptions parse;
};

class DirectoryReader {
 public:
  using Time = Ledger::Time;
  DirectoryReader(const DirectoryReaderOptions& options, Ledger& ledger) : options_(options), ledger_(ledger) {}

  // Takes over a scan of the directory: reads what is new or differs, forgets what is gone. `patient`: a file that was written
  // within the last moments is read a little later, since its writer may not have closed it.
  void apply(const Scan& scan, Time now, bool patient);
  // One file (path relative to the directory) was written, replaced or deleted.
  void file_changed(const std::string& name, Time now);
  // Somebody writes to it: it is not read before file_changed(), unless that does not come for long.
  void file_opened(const std::string& name, Time now) { writing_[name] = now; }
  void mesh_config_changed(Time now);

  // Reads what was put off until now.
  void read_late(Time now);
  std::optional<Time> deadline() const;  // of what was put off
  // Whether the mesh's configuration file, being given, could be read at all so far.
  bool mesh_config_known() const { return options_.mesh_config_file.empty() || mesh_config_known_; }

 private:
  void read(const std::string& name, Time now);
  void read_mesh_config(Time now);
  bool is_being_written(const std::string& name, Time now);
  void put_off(const std::string& name, Time now);
  bool is_mesh_config(const std::string& name) const;
  bool just_written(const FileStamp& stamp) const;
  void forget(const Scan& scan, Time now);
  void note_unreadable(const Scan& scan, Time now);

  struct Seen {
    FileStamp stamp;
    std::uint64_t content = 0;
    bool readable = false;
    DocumentCache documents;
  };
  struct Late {
    Time due;
    int times = 0;
  };
  DirectoryReaderOptions options_;
  Ledger& ledger_;
  std::map<std::string, Seen> seen_;
  std::map<std::string, Late> late_;
  std::map<std::string, Time> writing_;  // since when, last seen
  std::set<std::string> broken_;         // names that the last scan could not look at
  bool mesh_config_known_ = false;       // it could be read once
  bool mesh_config_readable_ = false;    // it could when it was tried last
  std::uint64_t mesh_config_content_ = 0;
};

}  // namespace amime::source::files
