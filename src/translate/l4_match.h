// Whether a VirtualService's tcp or tls match applies to a proxy and listener, as far as that is known before any
// connection: port, gateways, source labels, source namespace. One rule's run: a fact of the proxy is read only where a
// match asks for it, so that proxies share what does not.
#pragma once

#include <string_view>

#include "translate/view.h"

namespace istio::networking::v1alpha3 {
class L4MatchAttributes;
class TLSMatchAttributes;
}  // namespace istio::networking::v1alpha3

namespace amime::translate {

struct L4Place {
  std::uint32_t port = 0;         // of the listener, or of the Gateway's server
  std::string_view gateway;       // "mesh", or NAMESPACE/NAME
  std::string_view vs_namespace;  // gateways are named relative to it
};

bool applies(View& view, const istio::networking::v1alpha3::L4MatchAttributes& match, const L4Place& place);
bool applies(View& view, const istio::networking::v1alpha3::TLSMatchAttributes& match, const L4Place& place);

}  // namespace amime::translate
