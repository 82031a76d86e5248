#include "delivery/request.h"

#include "delivery/wire.h"

namespace amime::delivery {
namespace {

std::string_view field_of(std::string_view message, std::uint32_t field) {
  WireReader reader(message);
  std::string_view found;
  while (reader.next())
    if (reader.field() == field) found = reader.bytes();
  return found;
}

void reject(Request& request, std::string_view status) {  // google.rpc.Status
  request.rejected = true;
  request.error = field_of(status, 2);
}

absl::Status finish(const WireReader& reader, const Request& request) {
  if (!reader.ok()) return absl::InvalidArgumentError("the request is no discovery request");
  if (request.type_url.empty()) return absl::InvalidArgumentError("the request names no type (type_url)");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Request> decode_delta_request(std::string_view bytes) {
  Request request;
  WireReader reader(bytes);
  while (reader.next()) {
    switch (reader.field()) {
      case 1: request.node = reader.bytes(); break;
      case 2: request.type_url = reader.bytes(); break;
      case 3: request.subscribe.push_back(reader.bytes()); break;
      case 4: request.unsubscribe.push_back(reader.bytes()); break;
      case 5: request.initial_versions.emplace_back(field_of(reader.bytes(), 1), field_of(reader.bytes(), 2)); break;
      case 6: request.nonce = reader.bytes(); break;
      case 7: reject(request, reader.bytes()); break;
      default: break;
    }
  }
  if (auto status = finish(reader, request); !status.ok()) return status;
  return request;
}

absl::StatusOr<Request> decode_sotw_request(std::string_view bytes) {
  Request request;
  WireReader reader(bytes);
  while (reader.next()) {
    switch (reader.field()) {
      case 1: request.version = reader.bytes(); break;
      case 2: request.node = reader.bytes(); break;
      case 3: request.subscribe.push_back(reader.bytes()); break;
      case 4: request.type_url = reader.bytes(); break;
      case 5: request.nonce = reader.bytes(); break;
      case 6: reject(request, reader.bytes()); break;
      default: break;
    }
  }
  if (auto status = finish(reader, request); !status.ok()) return status;
  return request;
}

std::optional<translate::Type> type_of_url(std::string_view url) {
  for (std::size_t i = 0; i < translate::kTypes; ++i)
    if (const auto type = static_cast<translate::Type>(i); translate::type_url(type) == url) return type;
  return std::nullopt;
}

}  // namespace amime::delivery
