#include "agent/grpc_bytes.h"

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include "base/log.h"

namespace amime::agent {

grpc::ByteBuffer to_buffer(std::string bytes) {
  auto* kept = new std::string(std::move(bytes));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* owner) { delete static_cast<std::string*>(owner); }, kept);
  return {&slice, 1};
}

void with_bytes(const grpc::ByteBuffer& buffer, const std::function<void(std::string_view)>& use) {
  grpc::Slice slice;
  if (buffer.Valid() && (buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok()))
    return use({reinterpret_cast<const char*>(slice.begin()), slice.size()});
  use({});  // an empty message
}

grpc::Status to_grpc(const absl::Status& status) { return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())}; }
absl::Status from_grpc(const grpc::Status& status) { return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()}; }

void quiet_grpc() {
  // Debian builds abseil with the check for deadlocks on, for every lock of gRPC's.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function([](gpr_log_func_args* args) { base::log_debug("grpc", "{}", args->message); });
}

}  // namespace amime::agent
