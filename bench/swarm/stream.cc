#include "swarm/stream.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>

namespace amime::bench {
namespace {

using grpc::ByteBuffer;
constexpr int kWindowBytes = 64 << 20;  // Envoy leaves its windows wide open (256 MiB), so a server never waits for updates

std::shared_ptr<grpc::Channel> own_connection(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindowBytes);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return ByteBuffer(&slice, 1);
}

// The message as one piece of memory, which the slice keeps alive.
grpc::Slice to_slice(const ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) buffer.DumpToSingleSlice(&slice);
  return slice;
}

std::string_view view_of(const grpc::Slice& slice) { return {reinterpret_cast<const char*>(slice.begin()), slice.size()}; }

class GrpcStream : public Stream, public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit GrpcStream(StreamOptions options)
      : options_(std::move(options)), player_(options_.protocol, options_.node), stub_(own_connection(options_.address)) {}

  void start() override {
    stub_.PrepareBidiStreamingCall(&context_, method_of(options_.protocol), grpc::StubOptions(), this);
    std::lock_guard lock(mutex_);
    outbox_.push_back(player_.first());
    if (!options_.held) write_next();
    StartRead(&incoming_);
    StartCall();
  }

  bool release_one() override {
    std::lock_guard lock(mutex_);
    if (outbox_.empty() || writing_) return !outbox_.empty();
    write_next();
    return true;
  }

  void stop() override {
    stopping_ = true;
    context_.TryCancel();
    std::unique_lock lock(mutex_);
    ended_changed_.wait(lock, [&] { return ended_; });
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    {
      const grpc::Slice slice = to_slice(incoming_);
      incoming_.Clear();
      receive(view_of(slice));
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok && !options_.held) write_next();
  }

  void OnDone(const grpc::Status& status) override {
    if (!stopping_) options_.tally->stream_ended(status.ok() ? "the server ended a stream" : status.error_message());
    std::lock_guard lock(mutex_);
    ended_ = true;
    ended_changed_.notify_all();
  }

 private:
  void receive(std::string_view message) {
    const auto response = parse_response(options_.protocol, message);
    if (!response) return;
    options_.tally->count(response->type, message.size());
    std::lock_guard lock(mutex_);
    if (options_.observer != nullptr) options_.observer->on_message(message);
    for (Request& request : player_.on_response(*response)) outbox_.push_back(std::move(request));
    if (!options_.held) write_next();
    if (!synced_ && player_.synced()) {
      synced_ = true;
      options_.tally->proxy_synced();
    }
    look_for_markers(*response, message);
  }

  void look_for_markers(const Response& response, std::string_view message) {
    const uint64_t change = options_.tally->change();
    if (change == 0 || change == done_change_) return;
    if (change != seen_change_) {
      seen_change_ = change;
      seen_ = 0;
    }
    const auto& markers = options_.tally->markers();
    const Type type = response.type == Type::vhds ? Type::rds : response.type;
    for (size_t i = 0; i < markers.size(); ++i) {
      if (markers[i].type == type && (seen_ >> i & 1) == 0 && message.find(markers[i].bytes) != std::string_view::npos) seen_ |= 1u << i;
    }
    if (seen_ != (1u << markers.size()) - 1) return;
    done_change_ = change;
    options_.tally->proxy_done();
  }

  void write_next() {
    if (writing_ || outbox_.empty()) return;
    if (options_.observer != nullptr) options_.observer->on_request(outbox_.front());
    outgoing_ = to_buffer(encode_request(options_.protocol, outbox_.front()));
    outbox_.pop_front();
    writing_ = true;
    StartWrite(&outgoing_);
  }

  const StreamOptions options_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  Player player_;
  grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer> stub_;
  grpc::ClientContext context_;
  ByteBuffer incoming_;
  ByteBuffer outgoing_;
  std::deque<Request> outbox_;
  bool writing_ = false;
  bool synced_ = false;
  bool ended_ = false;
  std::atomic<bool> stopping_{false};
  uint64_t seen_change_ = 0;
  uint64_t done_change_ = 0;
  uint32_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Stream> make_stream(StreamOptions options) { return std::make_unique<GrpcStream>(std::move(options)); }

}  // namespace amime::bench
