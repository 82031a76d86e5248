#include "agent/discovery.h"

#include "base/wire.h"

namespace amime::agent {
namespace {

using base::append_bytes;
using base::WireReader;

// The fields of DeltaDiscoveryRequest, DeltaDiscoveryResponse and Resource.
enum RequestField : std::uint32_t {
  kNode = 1,
  kRequestType = 2,
  kSubscribe = 3,
  kUnsubscribe = 4,
  kVersions = 5,
  kRequestNonce = 6,
  kErrorDetail = 7
};
enum ResponseField : std::uint32_t { kResources = 2, kResponseType = 4, kResponseNonce = 5, kRemovedNames = 6 };
enum ResourceField : std::uint32_t { kResourceVersion = 1, kResourceAny = 2, kResourceName = 3 };

std::string_view field_of(std::string_view message, std::uint32_t field) {
  std::string_view out;
  for (WireReader reader(message); reader.next();)
    if (reader.field() == field) out = reader.bytes();
  return out;
}

}  // namespace

std::optional<DeltaRequest> read_request(std::string_view message) {
  DeltaRequest out;
  WireReader reader(message);
  while (reader.next()) switch (reader.field()) {
      case kNode: out.node = reader.bytes(); break;
      case kRequestType: out.type = reader.bytes(); break;
      case kSubscribe: out.subscribe.push_back(reader.bytes()); break;
      case kUnsubscribe: out.unsubscribe.push_back(reader.bytes()); break;
      case kVersions: out.versions.emplace_back(field_of(reader.bytes(), 1), field_of(reader.bytes(), 2)); break;
      case kRequestNonce: out.nonce = reader.bytes(); break;
      case kErrorDetail: out.refused = true, out.error = field_of(reader.bytes(), 2); break;
      default: break;
    }
  return reader.ok() ? std::optional(out) : std::nullopt;
}

std::optional<DeltaResponse> read_response(std::string_view message) {
  DeltaResponse out;
  WireReader reader(message);
  while (reader.next()) switch (reader.field()) {
      case kResources:
        out.resources.push_back({field_of(reader.bytes(), kResourceName), field_of(reader.bytes(), kResourceVersion), reader.bytes()});
        break;
      case kResponseType: out.type = reader.bytes(); break;
      case kResponseNonce: out.nonce = reader.bytes(); break;
      case kRemovedNames: out.removed.push_back(reader.bytes()); break;
      default: break;
    }
  return reader.ok() ? std::optional(std::move(out)) : std::nullopt;
}

std::string_view value_of(std::string_view encoded_resource) { return field_of(field_of(encoded_resource, kResourceAny), 2); }

void append_response_nonce(std::string& response, std::string_view nonce) { append_bytes(response, kResponseNonce, nonce); }
void append_request_nonce(std::string& request, std::string_view nonce) { append_bytes(request, kRequestNonce, nonce); }

RequestWriter::RequestWriter(std::string_view type) { append_bytes(out_, kRequestType, type); }
void RequestWriter::node(std::string_view encoded) { append_bytes(out_, kNode, encoded); }
void RequestWriter::subscribe(std::string_view name) { append_bytes(out_, kSubscribe, name); }
void RequestWriter::unsubscribe(std::string_view name) { append_bytes(out_, kUnsubscribe, name); }
void RequestWriter::nonce(std::string_view nonce) { append_bytes(out_, kRequestNonce, nonce); }
void RequestWriter::version(std::string_view name, std::string_view version) {
  std::string entry;
  append_bytes(entry, 1, name);
  append_bytes(entry, 2, version);
  append_bytes(out_, kVersions, entry);
}

std::string response_head(std::string_view type, std::string_view nonce) {
  std::string out;
  append_bytes(out, kResponseType, type);
  append_bytes(out, kResponseNonce, nonce);
  return out;
}
void append_resource(std::string& response, std::string_view encoded) { append_bytes(response, kResources, encoded); }

}  // namespace amime::agent
