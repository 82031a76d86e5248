// A TLSRoute or TCPRoute as VirtualServices: one for each listener or Service that it attaches to.
#pragma once

#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/parents.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

struct L4Result {
  std::vector<mesh::ObjectPtr> derived;
  std::vector<Condition> gateway, mesh;  // ResolvedRefs for parents of either sort, if something is wrong
};
L4Result derive_l4_route(Reads& reads, const mesh::ObjectPtr& route, const Attachments& attachments);

}  // namespace amime::source::gateway_api
