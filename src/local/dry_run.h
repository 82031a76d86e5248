// What `amime apply --dry-run` prints: the control plane rehearses the change (rehearsal_page.h), nothing happens.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "mesh/object.h"

namespace amime::local {

struct DryRun {
  std::string monitoring_address;
  std::string objects;                   // YAML
  std::vector<mesh::ObjectKey> deleted;  // that the files had before and have no more
  bool verbose = false;                  // with the difference of each resource, as `diff -u` or $KUBECTL_EXTERNAL_DIFF prints it
};
// Unavailable: no control plane there, or it has nothing in force; InvalidArgument: it does not take the objects.
absl::Status dry_run(const DryRun& asked);

}  // namespace amime::local
