// The Node with which proxy `number` of the synthetic mesh introduces itself, as an Istio sidecar's bootstrap has it.
#pragma once

#include <string>

namespace amime::bench {

// Encoded envoy.config.core.v3.Node. Proxies are spread over the services, then over their pods.
std::string encode_node(int number, int services);

}  // namespace amime::bench
