// How a delegate's route and the root's route that points at it become one. Pure functions; any thread.
#pragma once

namespace istio::networking::v1alpha3 {
class HTTPRoute;
}

namespace amime::translate {

// Completes `*delegate` from `root`: what the delegate leaves open is the root's; matches are combined pairwise. False when
// the delegate could match a request that the root does not.
bool merge_into_delegate(const istio::networking::v1alpha3::HTTPRoute& root, istio::networking::v1alpha3::HTTPRoute* delegate);

}  // namespace amime::translate
