#include "agent/control_plane_stream.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <deque>
#include <set>
#include <utility>

#include "agent/backoff.h"
#include "agent/grpc_bytes.h"
#include "agent/types.h"
#include "base/log.h"

namespace amime::agent {
namespace {

constexpr std::string_view kUpstreamLog = "xds";
constexpr std::chrono::milliseconds kLookEvery{20};
constexpr std::chrono::seconds kLastWords{2};
constexpr std::chrono::milliseconds kHandshake{5000};  // the only address there is gets this long

// Whoever began an attempt; null once nobody listens any more.
struct Listener {
  std::function<void(std::string_view)> response;
  std::function<void(const absl::Status&)> over;
};

// One stream. As SocketServer's Call: gRPC's reactions only post. Deletes itself when gRPC is done with it.
class Attempt;
using Attempts = std::set<Attempt*>;  // those that gRPC is not done with

class Attempt final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Attempt(Loop& loop, Attempts& all, const Remote& remote, const Proof& proof, Listener listener)
      : loop_(loop), all_(all), listener_(std::move(listener)), channel_(connect(remote, proof)), stub_(channel_) {
    all_.insert(this);
    add_metadata(context_, remote, proof);
    stub_.PrepareBidiStreamingCall(&context_, std::string(kDeltaStream), {}, this);
    AddHold();  // until the loop starts no more operations
    StartRead(&in_);
    StartCall();
  }

  bool connected() { return channel_->GetState(false) == GRPC_CHANNEL_READY; }
  void send(std::string message) {
    queue_.push_back(to_buffer(std::move(message)));
    write_next();
  }
  // Nothing is told any more.
  void abandon() {
    listener_ = {};
    context_.TryCancel();
  }
  void cancel() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    loop_.post([this, ok] { read(ok); });
  }
  void OnWriteDone(bool) override {
    loop_.post([this] {
      writing_ = false;
      write_next();
    });
  }
  void OnDone(const grpc::Status& status) override {
    loop_.post([this, status = from_grpc(status)] {
      all_.erase(this);
      if (listener_.over) listener_.over(status);
      delete this;
    });
  }

  void read(bool ok) {
    if (!ok) {
      ended_ = true;
      return RemoveHold();
    }
    if (listener_.response) with_bytes(in_, listener_.response);
    in_.Clear();
    StartRead(&in_);
  }
  void write_next() {
    if (writing_ || ended_ || queue_.empty()) return;
    writing_ = true;
    out_ = std::move(queue_.front());
    queue_.pop_front();
    StartWrite(&out_);
  }

  Loop& loop_;
  Attempts& all_;
  Listener listener_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::deque<grpc::ByteBuffer> queue_;
  grpc::ByteBuffer in_, out_;
  bool writing_ = false, ended_ = false;
};

class ControlPlaneStream final : public Upstream {
 public:
  ControlPlaneStream(Loop& loop, ControlPlaneOptions options)
      : loop_(loop), options_(std::move(options)), backoff_(options_.first_wait, options_.longest_wait) {}
  ~ControlPlaneStream() override {
    stop();
    loop_.run_until([this] { return attempts_.empty(); }, kLastWords);
  }

  void start(UpstreamEvents& events) override {
    events_ = &events;
    attempt();
  }
  void stop() override {
    events_ = nullptr;
    loop_.cancel(std::exchange(timer_, 0));
    if (attempt_) std::exchange(attempt_, nullptr)->abandon();
  }
  void send(std::string message) override {
    if (attempt_) attempt_->send(std::move(message));
  }

 private:
  const Remote& remote() const { return options_.remotes[next_ % options_.remotes.size()]; }

  void attempt() {
    timer_ = 0;
    if (!options_.may_try()) {
      timer_ = loop_.after(kLookEvery, [this] { attempt(); });
      return;
    }
    began_ = Loop::Clock::now();
    attempt_ = new Attempt(loop_, attempts_, remote(), options_.proof(),
                           {.response = [this](std::string_view message) { response(message); },
                            .over = [this](const absl::Status& status) { over(status); }});
    watch();
  }

  // gRPC's callback API does not say when a channel is connected.
  void watch() {
    timer_ = loop_.after(kLookEvery, [this] {
      timer_ = 0;
      if (!attempt_ || connected_) return;
      if (attempt_->connected()) return connected();
      const auto patience = options_.remotes.size() > 1 ? options_.patience : kHandshake;
      if (Loop::Clock::now() - began_ >= patience) return attempt_->cancel();
      watch();
    });
  }
  void connected() {
    if (std::exchange(connected_, true)) return;
    base::log_info(kUpstreamLog, "connected to the control plane at {}", remote().address);
    events_->on_connected();
  }
  void response(std::string_view message) {
    connected();
    backoff_.reset();
    if (events_) events_->on_response(message);
  }
  void over(const absl::Status& status) {
    attempt_ = nullptr;
    loop_.cancel(std::exchange(timer_, 0));
    const std::string at = remote().address;
    const bool was_connected = std::exchange(connected_, false);
    if (backoff_.failures() < static_cast<int>(options_.remotes.size()) || was_connected)
      base::log_warn(kUpstreamLog, "the control plane at {}: {}", at, std::string(status.message()));
    ++next_;
    refused_ = was_connected ? 0 : refused_ + 1;
    // One that was never reached is passed over at once, until all have been tried.
    const bool try_next = next_ % options_.remotes.size() != 0;
    timer_ = loop_.after(try_next ? kLookEvery : backoff_.next(), [this] { attempt(); });
    events_->on_lost(absl::Status(status.code(), at + ": " + std::string(status.message())), refused_ >= options_.remotes.size());
  }

  Loop& loop_;
  const ControlPlaneOptions options_;
  UpstreamEvents* events_ = nullptr;
  Attempt* attempt_ = nullptr;  // owns itself
  Attempts attempts_;
  std::size_t next_ = 0, refused_ = 0;  // refused_: in a row
  bool connected_ = false;
  Loop::Clock::time_point began_;
  Loop::TimerId timer_ = 0;
  Backoff backoff_;
};

}  // namespace

std::unique_ptr<Upstream> make_control_plane_stream(Loop& loop, ControlPlaneOptions options) {
  return std::make_unique<ControlPlaneStream>(loop, std::move(options));
}

}  // namespace amime::agent
