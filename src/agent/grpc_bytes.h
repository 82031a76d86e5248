// Between gRPC's buffers and bytes. Private to the files of this room that speak gRPC. Any thread.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <string_view>

namespace grpc {
class ByteBuffer;
class Status;
}  // namespace grpc

namespace amime::agent {

constexpr int kLongestMessage = 256 << 20;

grpc::ByteBuffer to_buffer(std::string bytes);  // without a copy: the buffer owns them
// Calls `use` with the buffer's bytes in one piece.
void with_bytes(const grpc::ByteBuffer& buffer, const std::function<void(std::string_view)>& use);
grpc::Status to_grpc(const absl::Status& status);
absl::Status from_grpc(const grpc::Status& status);
// gRPC writes to stderr what the agent says in its own words.
void quiet_grpc();

}  // namespace amime::agent
