// One more proxy, which writes down what it is sent and what each message waited for. It holds every request back until the server has been
// silent for a while, and sends them one by one: so whatever comes, comes because of the requests that were sent before, or of the change
// itself. It also adds up how many bytes a change had to send: resources that differ from what the proxy had, removals, and the
// endpoints of clusters that were sent (Envoy warms such a cluster again and waits for them), and what frames one message of each type.
// Driven by the thread that owns it; gRPC's threads call the observer's functions.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "swarm/recording.h"
#include "swarm/stream.h"

namespace amime::bench {

// What the messages of a change spent, and what they had to spend. Delta only.
class NeededBytes {
 public:
  explicit NeededBytes(Protocol protocol) : protocol_(protocol) {}
  void begin_change();
  void add(std::string_view message);
  uint64_t sent() const { return sent_; }      // since begin_change
  uint64_t needed() const { return needed_; }  // likewise

 private:
  bool is_needed(Type type, const Item& item);
  const Protocol protocol_;
  std::unordered_map<std::string, uint64_t> had_;  // type and name -> hash of the resource
  std::unordered_set<std::string> clusters_;       // sent in this change
  std::unordered_set<size_t> types_;               // of which something needed was sent in this change
  uint64_t sent_ = 0;
  uint64_t needed_ = 0;
};

class Recorder : public StreamObserver {
 public:
  explicit Recorder(StreamOptions options);
  ~Recorder() override;

  // Opens the stream and writes its cold start down as the first phase.
  void record_cold_start();
  void begin_phase();
  // Sends what is held back until nothing more comes; silence is not the end before so many messages of the phase.
  void finish_phase(size_t messages = 1);
  Recording recording() const;
  // {sent, needed} bytes of the phase that was finished last.
  std::pair<uint64_t, uint64_t> balance() const;

  void on_message(std::string_view message) override;
  void on_request(const Request& request) override;

 private:
  bool silent() const;
  size_t messages() const;  // of this phase
  mutable std::mutex mutex_;
  Recording recording_;
  RequestCounts sent_{};
  NeededBytes needed_;
  Clock::time_point last_activity_ = Clock::now();
  Tally tally_;
  std::unique_ptr<Stream> stream_;  // last: its callbacks use the others
};

}  // namespace amime::bench
