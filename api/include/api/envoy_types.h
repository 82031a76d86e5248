// The descriptors of all of Envoy's v3 API (a FileDescriptorSet), as the pinned package has them. Constant; any thread.
#pragma once

#include <string_view>

namespace amime::api {

std::string_view envoy_descriptors();

}  // namespace amime::api
