// grpc.health.v1.Health/Check, its two messages read and written by hand: no package has them generated.
#include <fmt/format.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "agent/grpc_bytes.h"
#include "agent/status/app_probe.h"
#include "agent/status/dial.h"
#include "base/wire.h"

namespace amime::agent {
namespace {

constexpr int kService = 1, kStatus = 1, kServing = 1;  // field numbers, and the enumerator

grpc::ByteBuffer health_request(const std::string& service) {
  std::string out;
  if (!service.empty()) base::append_bytes(out, kService, service);
  return to_buffer(std::move(out));
}

bool is_serving(const grpc::ByteBuffer& reply) {
  std::uint64_t status = 0;
  with_bytes(reply, [&](std::string_view bytes) {
    base::WireReader reader(bytes);
    while (reader.next())
      if (reader.field() == kStatus) status = reader.number();
    if (!reader.ok()) status = 0;
  });
  return status == kServing;
}

}  // namespace

bool probe_grpc_health(const AppProber& prober, const std::string& host, const std::string& user_agent, std::string* why) {
  const auto deadline = std::chrono::system_clock::now() + prober.timeout;
  auto dialed = dial({.host = host, .port = prober.port, .as_passed_on = true}, prober.timeout);
  if (!dialed.ok()) {
    *why = std::string(dialed.status().message());
    return false;
  }
  grpc::ChannelArguments arguments;
  if (!user_agent.empty()) arguments.SetUserAgentPrefix(user_agent);
  auto channel = grpc::CreateCustomInsecureChannelFromFd(host, dialed->release(), arguments);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(deadline);
  grpc::CompletionQueue queue;
  const auto request = health_request(prober.service);
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);  // bounded by the deadline
  if (!status.ok()) {
    *why = fmt::format("gRPC health: {} ({})", status.error_message(), static_cast<int>(status.error_code()));
    return false;
  }
  if (is_serving(reply)) return true;
  *why = "gRPC health: it is not serving";
  return false;
}

}  // namespace amime::agent
