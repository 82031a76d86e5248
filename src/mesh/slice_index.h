// SliceIndex: which EndpointSlices (or Endpoints objects) belong to a Service, and which Services an address, a pod or a
// node stands behind: the way back from a changed pod to the endpoints that need to be derived again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/objects.h"

namespace amime::mesh {

class SliceIndex {
 public:
  // The objects that hold a Service's endpoints, by name: its EndpointSlices, or, where there are none, the Endpoints
  // object of its name (Kubernetes mirrors the latter into the former).
  std::vector<ObjectPtr> of_service(const Objects& objects, std::string_view ns, std::string_view service) const;
  // Services, as NAMESPACE/NAME.
  Names services_at_address(std::string_view address) const { return services(by_address_.find(address)); }
  Names services_with_pod(std::string_view pod) const { return services(by_pod_.find(pod)); }    // NAMESPACE/NAME, by targetRef
  Names services_on_node(std::string_view node) const { return services(by_node_.find(node)); }  // by nodeName

  void replace(const ObjectPtr& before, const ObjectPtr& after);

 private:
  static Names services(const Names& references);

  MultiMap by_service_;  // NAMESPACE/SERVICE -> s/NAME or e/NAME
  // References: NAMESPACE/SERVICE, newline, s/NAME or e/NAME.
  MultiMap by_address_, by_pod_;
  SetMap by_node_;
};

// The addresses of a slice, sorted, each once. Null: none.
Names slice_addresses(const ObjectPtr& slice);
// NAMESPACE/SERVICE of a slice; empty: it belongs to none.
std::string slice_service(const ObjectPtr& slice);

}  // namespace amime::mesh
