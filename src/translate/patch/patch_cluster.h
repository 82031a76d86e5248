// EnvoyFilter's patches of clusters (applyTo CLUSTER): MERGE, REMOVE, ADD. On the writer's thread, inside of a rule.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "translate/patch/patch.h"
#include "translate/rule.h"

namespace envoy::config::cluster::v3 {
class Cluster;
}

namespace amime::translate {

// Hands a cluster out, as patches leave it. `services`: of an inbound cluster, the hosts that it serves.
void emit_cluster(View& view, PatchContext context, std::span<const std::string> services, envoy::config::cluster::v3::Cluster cluster,
                  std::vector<std::string> refs, std::vector<mesh::ObjectKey> from, Product& product);

// The clusters that patches add. Without a context a patch adds to what is outbound.
void add_clusters(View& view, PatchContext context, Product& product);

}  // namespace amime::translate
