#include "delivery/grpc_server.h"

#include <absl/synchronization/mutex.h>
#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <vector>

#include "base/log.h"
#include "delivery/bind_check.h"
#include "delivery/peer.h"
#include "delivery/stream.h"

namespace amime::delivery {
namespace {

grpc::Slice shared_slice(const Slice& slice) {
  auto* owner = new std::shared_ptr<const std::string>(slice.owner);
  return grpc::Slice(
      const_cast<char*>(slice.bytes.data()), slice.bytes.size(),
      [](void* data) { delete static_cast<std::shared_ptr<const std::string>*>(data); }, owner);
}

// The body's slices as gRPC counts them, made once: every further stream only adds references.
const std::vector<grpc::Slice>& slices_of(const Body& body) {
  const auto& prepared = body.prepared([](const Body& made) -> std::shared_ptr<const void> {
    auto slices = std::make_shared<std::vector<grpc::Slice>>();
    slices->reserve(made.slices().size());
    for (const auto& slice : made.slices()) slices->push_back(shared_slice(slice));
    return slices;
  });
  return *static_cast<const std::vector<grpc::Slice>*>(prepared.get());
}

grpc::ByteBuffer to_buffer(const Message& message) {
  const grpc::Slice head(message.head);
  if (!message.body) return {&head, 1};
  const auto& body = slices_of(*message.body);
  std::vector<grpc::Slice> all;
  all.reserve(body.size() + 1);
  all.push_back(head);
  all.insert(all.end(), body.begin(), body.end());
  return {all.data(), all.size()};
}

// Carries one Stream over one gRPC call. Lives until gRPC's OnDone; one read and one write are in flight.
class GrpcStream final : public grpc::ServerGenericBidiReactor, public Transport {
 public:
  using Make = std::function<std::shared_ptr<Stream>(Transport*)>;
  explicit GrpcStream(const Make& make);
  void start() { StartRead(&in_); }

  void write(Message message) override;
  void finish(const absl::Status& status) override;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { stream_->on_closed(); }
  void OnDone() override { delete this; }

  std::shared_ptr<Stream> stream_;
  grpc::ByteBuffer in_, out_;
};

GrpcStream::GrpcStream(const Make& make) : stream_(make(this)) {}

void GrpcStream::write(Message message) {
  out_ = to_buffer(message);
  StartWrite(&out_);  // the last use of `this`: the write may be done, and the stream over, before it returns
}

void GrpcStream::finish(const absl::Status& status) {
  Finish(grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message())));
}

void GrpcStream::OnReadDone(bool ok) {
  if (!ok) return stream_->on_closed();
  grpc::Slice bytes;
  if (!in_.TrySingleSlice(&bytes).ok() && !in_.DumpToSingleSlice(&bytes).ok()) {
    return stream_->close(absl::InternalError("the request could not be read"));
  }
  in_.Clear();
  stream_->on_request({reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
  StartRead(&in_);
}

void GrpcStream::OnWriteDone(bool ok) {
  out_.Clear();
  if (!ok) stream_->on_closed();
  stream_->on_write_done();
}

constexpr std::string_view kDelta = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
constexpr std::string_view kSotw = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

std::string metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto it = context.client_metadata().find(key);
  return it == context.client_metadata().end() ? "" : std::string(it->second.data(), it->second.size());
}

grpc::Status to_grpc(const absl::Status& status) { return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())}; }

// One request, one answer. Lives until gRPC's OnDone.
class UnaryCall final : public grpc::ServerGenericBidiReactor {
 public:
  UnaryCall(const Unary& handler, Credentials credentials) : handler_(handler), credentials_(std::move(credentials)) {}
  void start() { StartRead(&in_); }

 private:
  void OnReadDone(bool ok) override {
    grpc::Slice bytes;
    if (!ok || (!in_.TrySingleSlice(&bytes).ok() && !in_.DumpToSingleSlice(&bytes).ok()))
      return Finish({grpc::StatusCode::INTERNAL, "the request could not be read"});
    const auto answer = handler_.answer(credentials_, {reinterpret_cast<const char*>(bytes.begin()), bytes.size()});
    if (!answer.ok()) return Finish(to_grpc(answer.status()));
    const grpc::Slice slice(*answer);
    out_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&out_, {}, grpc::Status::OK);
  }
  void OnDone() override { delete this; }

  const Unary& handler_;
  const Credentials credentials_;
  grpc::ByteBuffer in_, out_;
};

Credentials credentials_of(const grpc::CallbackServerContext& call, bool encrypted) {
  Credentials out;
  out.encrypted = encrypted;
  out.address = call.peer();
  out.authorization = metadata(call, "authorization");
  const auto context = call.auth_context();
  for (const auto& uri : context->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) out.uris.emplace_back(uri.data(), uri.size());
  for (const char* name : {GRPC_X509_PEM_CERT_PROPERTY_NAME, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME})
    for (const auto& pem : context->FindPropertyValues(name)) out.certificates.append(pem.data(), pem.size());
  return out;
}

class Service final : public grpc::CallbackGenericService {
 public:
  Service(Context& context, std::string token, const std::optional<SecurePort>& secure)
      : context_(context), secure_(secure), rules_(secret_rules(std::move(token))) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    if (closing) return new Refusal({grpc::StatusCode::UNAVAILABLE, "the control plane is shutting down"});
    const bool delta = call->method() == kDelta;
    const Unary* unary = find_unary(call->method());
    if (secure_ && secure_->admit)
      if (auto status = secure_->admit(unary ? CallKind::kUnary : CallKind::kStream, call->peer()); !status.ok())
        return new Refusal(to_grpc(status));
    if (unary) {
      auto credentials = credentials_of(*call, true);
      if (auto status = unary->admit(credentials); !status.ok()) return new Refusal(to_grpc(status));
      auto* reactor = new UnaryCall(*unary, std::move(credentials));
      reactor->start();
      return reactor;
    }
    if (!delta && call->method() != kSotw)
      return new Refusal({grpc::StatusCode::UNIMPLEMENTED, "only envoy.service.discovery.v3.AggregatedDiscoveryService is served here"});
    auto known = peer_of(*call);
    if (!known.ok()) return new Refusal(to_grpc(known.status()));
    auto peer = *std::move(known);
    auto* stream = new GrpcStream([&](Transport* transport) {
      return delta ? make_delta_stream(context_, transport, std::move(peer)) : make_sotw_stream(context_, transport, std::move(peer));
    });
    stream->start();
    return stream;
  }

  std::atomic<bool> closing{false};

 private:
  absl::StatusOr<std::shared_ptr<const Peer>> peer_of(const grpc::CallbackServerContext& call) const {
    Credentials credentials = credentials_of(call, secure_.has_value());
    if (!secure_) return make_peer(credentials.address, std::move(credentials.authorization), rules_);
    auto proven = secure_->authenticate(credentials);
    if (!proven.ok()) return proven.status();
    return make_proven_peer(std::move(credentials.address), *std::move(proven));
  }
  const Unary* find_unary(const std::string& method) const {
    if (!secure_) return nullptr;
    const auto found = secure_->unary.find(method);
    return found == secure_->unary.end() ? nullptr : &found->second;
  }

  Context& context_;
  const std::optional<SecurePort>& secure_;
  const SecretRules rules_;
};

// Envoy and Istio's agents send pings of their own; ours find proxies that vanished without a word. They are rare and
// patient: a start-up storm must not look like death.
void set_keepalive(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
}

// gRPC writes to stderr what we say in our own words, or nobody needs.
void quiet_grpc() {
  gpr_set_log_function([](gpr_log_func_args* args) { base::log_debug("grpc", "{}", args->message); });
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const Options& options, Context& context)
      : options_(options), context_(context), service_(context, options_.token, options_.secure) {}

  absl::Status start() {
    // Debian builds abseil with the check for deadlocks on, for every lock of gRPC's.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    quiet_grpc();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options_.address,
                             options_.secure ? make_server_credentials(*options_.secure) : grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&service_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.max_request_bytes));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second process on the port is an error
    set_keepalive(builder);
    server_ = builder.BuildAndStart();
    if (server_ && port_ != 0) return absl::OkStatus();
    return absl::UnavailableError(fmt::format("cannot serve xDS on {}: {}", options_.address, why_not_bind(options_.address)));
  }

  void shutdown() {
    if (!server_ || service_.closing.exchange(true)) return;
    for (const auto& stream : context_.registry.streams()) stream->close(absl::UnavailableError("the control plane is shutting down"));
    server_->Shutdown(std::chrono::system_clock::now() + options_.grace);
    server_->Wait();
  }

  int port() const { return port_; }

 private:
  const Options options_;
  Context& context_;
  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() { shutdown(); }
int GrpcServer::port() const { return impl_->port(); }
void GrpcServer::shutdown() { impl_->shutdown(); }

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::start(const Options& options, Context& context) {
  auto impl = std::make_unique<Impl>(options, context);
  if (auto status = impl->start(); !status.ok()) return status;
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

}  // namespace amime::delivery
