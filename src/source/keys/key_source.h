// KeySource: fetches the key sets that RequestAuthentications name, and keeps the last good ones (STATE/keys.json) for the next start.
//
// Owned by the command; destroying it ends its thread, waiting at most for one request. A source of objects of kind KeySet.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "source/keys/key_book.h"
#include "source/source.h"

namespace amime::source {

// Returns the body at `uri`, at most some MiB. Called on the source's thread.
using KeyFetch = std::function<absl::StatusOr<std::string>(const std::string& uri, std::chrono::milliseconds timeout)>;
absl::StatusOr<std::string> fetch_over_http(const std::string& uri, std::chrono::milliseconds timeout);

struct KeySourceOptions {
  std::string state_dir;  // empty: nothing is kept beyond this process
  KeyBookOptions book;
  KeyFetch fetch = fetch_over_http;
};

class KeySource {
 public:
  // `deliver` is called on the source's thread.
  KeySource(KeySourceOptions options, BatchCallback deliver);
  ~KeySource();
  KeySource(const KeySource&) = delete;
  KeySource& operator=(const KeySource&) = delete;

  // Adds what `batch` means for keys: sets that are known, sets that nobody asks for any more. Fetches the others. Any thread.
  void watch(Batch& batch);
  std::vector<KeyStatus> status() const;  // any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::source
