// LastGood: what Envoy has accepted: names and versions in memory, the resources themselves in a file (0600), so that an Envoy, or an
// agent, that starts again while no control plane answers gets what the one before had.
//
// The file is a log: records with a checksum, read once at the start up to the first that is broken, written anew when most of it is
// old. It survives kill -9; what a power cut tears off is noticed. It is bound to who wrote it (node, identity, Pod, Envoy's version):
// of another one nothing is taken. Secrets are remembered by name and version only. Owned by the agent, on its loop's thread.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/record_file.h"
#include "base/string_hash.h"

namespace amime::agent {

class LastGood {
 public:
  using Time = std::chrono::system_clock::time_point;
  struct Options {
    std::string dir;       // empty: nothing is kept beyond this process
    std::string bound_to;  // text; a file that says otherwise is put aside
  };
  explicit LastGood(Options options) : options_(std::move(options)) {}

  // Reads what is there. The error says why nothing can be kept; the agent goes on without.
  absl::Status load();

  struct Entry {
    std::string version;
    std::uint64_t offset = 0;   // of the encoded envoy.service.discovery.v3.Resource
    std::uint32_t size = 0;     // 0: not on disk
    std::uint32_t session = 0;  // the last one that had it
  };

  // A new Envoy, which has nothing.
  void begin_session() { ++session_; }
  bool has(const Entry& entry) const { return entry.session == session_; }

  bool has(std::string_view type, std::string_view name) const;

  // Envoy has this now. `resource` empty: only that it does.
  void put(std::string_view type, std::string_view name, std::string_view version, std::string_view resource);
  void remove(std::string_view type, std::string_view name);
  // Drops what this session does not have.
  void forget_others(std::string_view type);
  // Writes what put() and remove() said since.
  void flush();

  void for_each(std::string_view type, const std::function<void(const std::string& name, Entry& entry)>& use);
  std::string read(const Entry& entry) const;  // empty: it cannot be read
  void mark(Entry& entry) { entry.session = session_; }

  // When the control plane last stood by what is here; Time() if never.
  Time confirmed() const { return confirmed_; }
  void confirm(Time now);
  std::size_t size() const;

 private:
  using Table = std::unordered_map<std::string, Entry, base::StringHash, std::equal_to<>>;
  Table& table(std::string_view type);
  void take(std::string_view record, std::uint64_t offset);
  void compact();
  const Options options_;
  std::map<std::string, Table, std::less<>> tables_;
  RecordFile file_;
  std::uint64_t live_ = 0;  // bytes of resources that count
  std::uint32_t session_ = 1;
  Time confirmed_{};
};

}  // namespace amime::agent
