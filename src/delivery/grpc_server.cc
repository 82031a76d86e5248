#include "delivery/grpc_server.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>

#include "base/log.h"
#include "delivery/bind_check.h"
#include "delivery/grpc_stream.h"
#include "delivery/peer.h"

namespace amime::delivery {
namespace {

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

class Service final : public grpc::CallbackGenericService {
 public:
  Service(Context& context, std::string token) : context_(context), rules_(secret_rules(std::move(token))) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* call) override {
    if (closing) return new Refusal({grpc::StatusCode::UNAVAILABLE, "the control plane is shutting down"});
    const bool delta = call->method() == kDelta;
    if (!delta && call->method() != kSotw)
      return new Refusal({grpc::StatusCode::UNIMPLEMENTED, "only envoy.service.discovery.v3.AggregatedDiscoveryService is served here"});
    auto peer = make_peer(call->peer(), metadata(*call, "authorization"), rules_);
    auto* stream = new GrpcStream([&](Transport* transport) {
      return delta ? make_delta_stream(context_, transport, std::move(peer)) : make_sotw_stream(context_, transport, std::move(peer));
    });
    stream->start();
    return stream;
  }

  std::atomic<bool> closing{false};

 private:
  Context& context_;
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
  Impl(const Options& options, Context& context) : options_(options), context_(context), service_(context, options.token) {}

  absl::Status start() {
    quiet_grpc();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options_.address, grpc::InsecureServerCredentials(), &port_);
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
