// FilesSource: a directory of YAML and JSON files as a source of objects, watched.
//
// Owns one thread, which reads, parses and calls back; no lock is held while it does. A single change comes out within
// milliseconds of the writer's close or rename; a burst comes out in as many batches as it arrives in.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <memory>
#include <string>

#include "source/files/ledger.h"
#include "source/source.h"

namespace amime::source {

struct FilesOptions {
  std::string directory;         // --config-dir
  std::string mesh_config_file;  // --mesh-config; empty: the ConfigMap istio, else Istio's defaults
  std::string state_dir;         // --state-dir; empty: last good versions live as long as the process
  bool strict = false;           // --strict: start() fails if anything has an error
  files::LedgerOptions ledger;   // --max-delete-share, --allow-empty
  ParseOptions parse;
  // Where inotify does not reach (network file systems), changes are found by looking; every look costs one stat a file.
  std::chrono::milliseconds look_again{10'000};
};

class FilesSource {
 public:
  explicit FilesSource(FilesOptions options);
  ~FilesSource();  // stops
  FilesSource(const FilesSource&) = delete;
  FilesSource& operator=(const FilesSource&) = delete;

  // Reads everything once, hands it to `callback` as the first batch, and watches from then on. Returns when the first batch
  // has been handed over. Errors: the directory or the mesh's configuration cannot be read and nothing is recorded of it
  // (NotFound), the mesh's configuration has errors, or strict and anything has (InvalidArgument: all of them, one a line), no
  // inotify (Internal).
  absl::Status start(BatchCallback callback);
  // Ends the thread; no callback runs afterwards. From another thread than the callback's.
  void stop();
  // Any thread; never null.
  std::shared_ptr<const SourceStatus> status() const;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace amime::source
