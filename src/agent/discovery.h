// Delta xDS on the wire (envoy/service/discovery/v3/discovery.proto), as much as a relay reads and writes of it: resources stay bytes.
// Views point into the message given. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace amime::agent {

struct DeltaRequest {
  std::string_view node, type, nonce, error;  // error: of a NACK, its message; node: encoded
  bool refused = false;
  std::vector<std::string_view> subscribe, unsubscribe;
  std::vector<std::pair<std::string_view, std::string_view>> versions;  // initial_resource_versions: name, version
};
// nullopt: no such message.
std::optional<DeltaRequest> read_request(std::string_view message);

struct DeltaResource {
  std::string_view name, version, encoded;  // encoded: the whole envoy.service.discovery.v3.Resource
};
struct DeltaResponse {
  std::string_view type, nonce;
  std::vector<DeltaResource> resources;
  std::vector<std::string_view> removed;
};
std::optional<DeltaResponse> read_response(std::string_view message);
// What is inside a Resource's Any.
std::string_view value_of(std::string_view encoded_resource);

// A later field wins over an earlier one of the same number: so a nonce is replaced in a message without writing it anew.
void append_response_nonce(std::string& response, std::string_view nonce);
void append_request_nonce(std::string& request, std::string_view nonce);

class RequestWriter {
 public:
  explicit RequestWriter(std::string_view type);
  void node(std::string_view encoded);
  void subscribe(std::string_view name);
  void unsubscribe(std::string_view name);
  void version(std::string_view name, std::string_view version);
  void nonce(std::string_view nonce);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// type and nonce; append the resources with append_resource.
std::string response_head(std::string_view type, std::string_view nonce);
void append_resource(std::string& response, std::string_view encoded);

}  // namespace amime::agent
