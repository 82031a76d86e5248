// Conversion: a stage between sources and the hub that makes Istio's Gateways and VirtualServices of Kubernetes' Gateway API and
// Ingress.
//
// Every change passes through untouched; what follows from it is added: the derived objects that are new, other or gone. A change that
// nothing depends on costs a look-up. Pure: no I/O, no clock; two that have seen the same objects derive the same, in whatever order.
// One thread calls add_derived(); statuses() may be called from any.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "mesh/object.h"
#include "source/gateway_api/status.h"
#include "source/source.h"

namespace amime::source::gateway_api {

using Statuses = std::map<mesh::ObjectKey, std::shared_ptr<const ObjectStatus>>;

class Conversion {
 public:
  Conversion();
  ~Conversion();
  Conversion(const Conversion&) = delete;
  Conversion& operator=(const Conversion&) = delete;

  void add_derived(std::vector<mesh::Change>& changes);
  // The same for the first batch, with what was derived of the objects that a process before had in force.
  void add_derived(Batch& batch);

  // Of the objects of these kinds that are ours.
  Statuses statuses() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace amime::source::gateway_api
