// Ingress (networking.k8s.io) as Istio's Gateway and VirtualServices.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/http_rules.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

struct IngressResult {
  bool ours = false;                                       // its class is Istio's
  mesh::ObjectPtr gateway;                                 // in the root namespace, where the ingress gateway's Secrets are
  bool tls = false;                                        // it serves HTTPS
  std::map<std::string, std::vector<HttpRoutePtr>> hosts;  // what it says about each host; "*": any
  ObjectStatus status;
};
IngressResult derive_ingress(Reads& reads, const mesh::ObjectPtr& ingress);

// The VirtualService of a host about which these Ingresses say something.
struct IngressPiece {
  mesh::ObjectPtr ingress;
  std::string gateway;  // NAMESPACE/NAME
  bool tls = false;     // it serves HTTPS, with a table of its own
  std::vector<HttpRoutePtr> routes;
};
mesh::ObjectPtr merge_ingresses(const std::string& host, std::vector<const IngressPiece*> pieces);

}  // namespace amime::source::gateway_api
