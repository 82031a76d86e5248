// What judges requests and connections before they go on: AuthorizationPolicies and RequestAuthentications as Envoy filters, for a
// sidecar's inbound side and for gateways. One rule's run.
//
// Order, as Istio has it: CUSTOM, then tokens, then AUDIT, DENY, ALLOW; WasmPlugins of phases AUTHN and AUTHZ stand before the
// filters of theirs (plugin_filters.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "translate/note.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class Filter;
}
namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpFilter;
}

namespace amime::translate {

using HttpFilterPtr = std::shared_ptr<envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter>;
using NetworkFilterPtr = std::shared_ptr<envoy::config::listener::v3::Filter>;

struct Judges {
  std::vector<HttpFilterPtr> custom, authn, authz;      // of requests
  std::vector<NetworkFilterPtr> tcp_custom, tcp_authz;  // of connections
  std::vector<std::string> refs;                        // clusters of judges outside
  std::vector<mesh::ObjectKey> from;
};
Judges judges(View& view, std::vector<Note>* notes);

}  // namespace amime::translate
