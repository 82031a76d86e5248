#include "floor/replay_server.h"

#include <absl/synchronization/mutex.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <mutex>
#include <stdexcept>
#include <unordered_set>
#include <vector>

namespace amime::bench {
namespace {

using grpc::ByteBuffer;

struct PreparedStep {
  RequestCounts needed{};
  ByteBuffer message;
};
using PreparedPhase = std::vector<PreparedStep>;

class Replay;

// The streams that are open. Locked before a stream's own lock, never after.
struct Streams {
  std::mutex mutex;
  std::unordered_set<Replay*> open;
};

// One stream; deletes itself when its call is done.
class Replay : public grpc::ServerGenericBidiReactor {
 public:
  Replay(Protocol protocol, const std::vector<PreparedPhase>& phases, Streams& streams)
      : protocol_(protocol), phases_(phases), streams_(streams) {
    {
      std::lock_guard lock(streams_.mutex);
      streams_.open.insert(this);
    }
    StartRead(&incoming_);
  }

  void start_phase(size_t phase) {
    std::lock_guard lock(mutex_);
    phase_ = phase;
    step_ = 0;
    counts_ = {};
    advance();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      finish();
      return;
    }
    grpc::Slice slice;
    if (!incoming_.TrySingleSlice(&slice).ok()) incoming_.DumpToSingleSlice(&slice);
    incoming_.Clear();
    count({reinterpret_cast<const char*>(slice.begin()), slice.size()});
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok) advance();
  }

  void OnCancel() override { finish(); }

  void OnDone() override {
    {
      std::lock_guard lock(streams_.mutex);
      streams_.open.erase(this);
    }
    delete this;
  }

 private:
  void count(std::string_view message) {
    const auto kind = parse_request_kind(protocol_, message);
    if (!kind) return;
    std::lock_guard lock(mutex_);
    ++counts_[index(kind->type)][kind->answers ? 1 : 0];
    advance();
  }

  void advance() {
    if (writing_ || finished_ || phase_ >= phases_.size() || step_ >= phases_[phase_].size()) return;
    const PreparedStep& step = phases_[phase_][step_];
    if (!covers(counts_, step.needed)) return;
    outgoing_ = step.message;  // shares the slice
    writing_ = true;
    ++step_;
    StartWrite(&outgoing_);
  }

  void finish() {
    {
      std::lock_guard lock(mutex_);
      if (finished_) return;
      finished_ = true;
    }
    Finish(grpc::Status::OK);
  }

  const Protocol protocol_;
  const std::vector<PreparedPhase>& phases_;
  Streams& streams_;
  std::mutex mutex_;
  ByteBuffer incoming_;
  ByteBuffer outgoing_;
  RequestCounts counts_{};
  size_t phase_ = 0;
  size_t step_ = 0;
  bool writing_ = false;
  bool finished_ = false;
};

std::vector<PreparedPhase> prepare(const Recording& recording) {
  std::vector<PreparedPhase> phases;
  for (const Phase& phase : recording.phases) {
    PreparedPhase& prepared = phases.emplace_back();
    for (const Step& step : phase.steps) {
      const grpc::Slice slice(step.message);
      prepared.push_back(PreparedStep{step.needed, ByteBuffer(&slice, 1)});
    }
  }
  return phases;
}

class Service : public grpc::CallbackGenericService {
 public:
  Service(Protocol protocol, std::vector<PreparedPhase> phases) : protocol_(protocol), phases_(std::move(phases)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Replay(protocol_, phases_, streams_);
  }
  void start_phase(size_t phase) {
    std::lock_guard lock(streams_.mutex);
    for (Replay* stream : streams_.open) stream->start_phase(phase);
  }

 private:
  const Protocol protocol_;
  const std::vector<PreparedPhase> phases_;
  Streams streams_;
};

class GrpcReplayServer : public ReplayServer {
 public:
  GrpcReplayServer(const std::string& address, const Recording& recording) : service_(recording.protocol, prepare(recording)) {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as amime does
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) throw std::runtime_error("cannot listen on " + address);
  }
  ~GrpcReplayServer() override { server_->Shutdown(std::chrono::system_clock::now()); }
  void start_phase(size_t phase) override { service_.start_phase(phase); }

 private:
  Service service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

std::unique_ptr<ReplayServer> start_replay_server(const std::string& address, const Recording& recording) {
  return std::make_unique<GrpcReplayServer>(address, recording);
}

}  // namespace amime::bench
