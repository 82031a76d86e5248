// A Gateway (Kubernetes' Gateway API) as Istio's Gateways: one a listener, so that routes can attach to each by itself.
#pragma once

#include <map>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/listener.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

using StatusMap = std::map<mesh::ObjectKey, ObjectStatus>;

struct GatewayResult {
  std::vector<mesh::ObjectPtr> derived;
  std::map<mesh::ObjectKey, std::vector<BoundListener>> listeners;  // of the Gateway and of the ListenerSets attached to it
  StatusMap status;                                                 // of the same; none: it is another controller's
};

GatewayResult derive_gateway(Reads& reads, const mesh::ObjectPtr& gateway);

// The controller of a class; empty: there is no such class.
std::string controller_of(Reads& reads, const std::string& class_name);
inline constexpr char kController[] = "istio.io/gateway-controller";

}  // namespace amime::source::gateway_api
