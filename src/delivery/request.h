// Request: one DeltaDiscoveryRequest or DiscoveryRequest as views into its bytes, both protocols in one shape.
// Lives as long as the bytes. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "translate/resource.h"

namespace amime::delivery {

struct Request {
  std::optional<std::string_view> node;  // the encoded envoy.config.core.v3.Node; only in a stream's first request
  std::string_view type_url;
  std::string_view nonce;                   // response_nonce; empty: spontaneous
  std::string_view version;                 // version_info (state of the world only)
  std::vector<std::string_view> subscribe;  // resource_names_subscribe; state of the world: resource_names, all of them
  std::vector<std::string_view> unsubscribe;
  std::vector<std::pair<std::string_view, std::string_view>> initial_versions;  // initial_resource_versions: name, version
  bool rejected = false;                                                        // error_detail is set: a NACK
  std::string_view error;                                                       // error_detail.message
};

absl::StatusOr<Request> decode_delta_request(std::string_view bytes);
absl::StatusOr<Request> decode_sotw_request(std::string_view bytes);

// The type of this URL, if it is one that translation makes.
std::optional<translate::Type> type_of_url(std::string_view url);

}  // namespace amime::delivery
