// Under which addresses the clients of a proxy reach a service.
#pragma once

#include <string>
#include <vector>

#include "mesh/model.h"
#include "translate/view.h"

namespace amime::translate {

// Its own; of a ServiceEntry that has none those allocated to its hosts, where the proxy's agent answers DNS (DNS_CAPTURE): only
// there anybody dials them. The proxy is asked for what it is only where that matters, so that others share.
std::vector<std::string> addresses_for(View& view, const mesh::Service& service);

// The same; of a service with addresses of both families those that the proxy speaks.
std::vector<std::string> addresses_to_dial(View& view, const mesh::Service& service);

}  // namespace amime::translate
