// Judges outside of the proxy: what an AuthorizationPolicy of action CUSTOM hands requests and connections to. One rule's run.
//
// Fields: MeshConfig.extensionProviders[].envoyExtAuthzHttp, .envoyExtAuthzGrpc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "translate/view.h"

namespace envoy::extensions::filters::http::ext_authz::v3 {
class ExtAuthz;
}
namespace envoy::extensions::filters::network::ext_authz::v3 {
class ExtAuthz;
}

namespace amime::translate {

// Names of the rules that ask a provider begin so; the filter asks for requests of which the RBAC filter before it says that.
std::string ext_authz_prefix(std::string_view provider);
// Under which that filter tells which rule a request matches.
inline constexpr const char* kExtAuthzStatPrefix = "istio_ext_authz_";

struct ExtAuthz {
  std::shared_ptr<envoy::extensions::filters::http::ext_authz::v3::ExtAuthz> http;
  std::shared_ptr<envoy::extensions::filters::network::ext_authz::v3::ExtAuthz> tcp;  // null: an HTTP provider judges no connections
  std::string cluster;                                                                // the provider's
  std::string problem;  // not empty: why there is no such judge; then requests are denied, not let through
};
ExtAuthz ext_authz(View& view, std::string_view provider);

}  // namespace amime::translate
