// grpc.health.v1.Health/Check, its two messages read and written by hand: no package has them generated.
#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "agent/status/app_probe.h"
#include "agent/status/dial.h"

namespace amime::agent {
namespace {

constexpr int kService = 1, kStatus = 1, kServing = 1;  // field numbers, and the enumerator

grpc::ByteBuffer health_request(const std::string& service) {
  google::protobuf::UnknownFieldSet message;
  if (!service.empty()) message.AddLengthDelimited(kService, service);
  std::string bytes;
  message.SerializeToString(&bytes);
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

bool is_serving(const grpc::ByteBuffer& reply) {
  grpc::Slice slice;
  google::protobuf::UnknownFieldSet message;
  if (!reply.DumpToSingleSlice(&slice).ok() || !message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) return false;
  std::uint64_t status = 0;
  for (int i = 0; i < message.field_count(); ++i)
    if (message.field(i).number() == kStatus && message.field(i).type() == google::protobuf::UnknownField::TYPE_VARINT)
      status = message.field(i).varint();
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
