// Where a route attaches: its parentRefs against the listeners of Gateways, and Services for the mesh.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "source/gateway_api/facts.h"
#include "source/gateway_api/listener.h"
#include "source/gateway_api/spec.h"
#include "source/gateway_api/status.h"

namespace amime::source::gateway_api {

using Listeners = std::map<mesh::ObjectKey, std::vector<BoundListener>>;  // by Gateway or ListenerSet

// A listener that takes the route, with the hosts that it takes it for.
struct ListenerAttachment {
  mesh::ObjectKey owner;
  const BoundListener* listener = nullptr;
  struct Host {
    std::string name;    // what the listener and the route have in common
    std::string wanted;  // the route's own, which decides between routes
  };
  std::vector<Host> hosts;
};
// A Service (or the hosts of a ServiceEntry) whose clients take the route.
struct MeshAttachment {
  std::vector<std::string> hosts;
  std::string ns;          // of the parent
  std::uint32_t port = 0;  // 0: all
};
struct Attachments {
  std::vector<ListenerAttachment> listeners;
  std::vector<MeshAttachment> services;
  std::vector<PartStatus> parents;  // a status for each parentRef that is ours, in the order of `refs`
  std::vector<bool> is_mesh;        // of the same
};

// `listeners` must outlive the result.
Attachments attach(Reads& reads, const Listeners& listeners, const mesh::Object& route);

}  // namespace amime::source::gateway_api
