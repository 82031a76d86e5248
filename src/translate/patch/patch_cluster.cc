#include "translate/patch/patch_cluster.h"

#include <google/protobuf/any.pb.h>

#include <set>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "translate/names.h"
#include "translate/patch/merge.h"
#include "translate/patch/patch_match.h"

namespace amime::translate {
namespace {

using envoy::config::cluster::v3::Cluster;
using envoy::config::core::v3::TransportSocket;

// The transport socket that a patch means: of those that the cluster chooses from, that of the name, else the cluster's own.
TransportSocket* socket_named(const std::string& name, Cluster* cluster) {
  for (auto& choice : *cluster->mutable_transport_socket_matches())
    if (choice.transport_socket().name() == name) return choice.mutable_transport_socket();
  return cluster->has_transport_socket() && cluster->transport_socket().name() == name ? cluster->mutable_transport_socket() : nullptr;
}

// Sockets of one name are merged deeply; another replaces the cluster's, unless the cluster chooses from several.
void merge_socket(const TransportSocket& wanted, Cluster* cluster) {
  if (TransportSocket* socket = socket_named(wanted.name(), cluster)) {
    if (wanted.has_typed_config() && socket->has_typed_config()) merge_packed(wanted.typed_config(), socket->mutable_typed_config());
  } else if (cluster->transport_socket_matches().empty()) {
    *cluster->mutable_transport_socket() = wanted;
  }
}

void merge_cluster(const Patch& patch, Cluster* cluster) {
  Cluster wanted = patch.as<Cluster>();
  if (wanted.has_transport_socket()) {
    merge_socket(wanted.transport_socket(), cluster);
    wanted.clear_transport_socket();
  }
  merge(wanted, patch.replaces_lists(), cluster);
}

// Names that translation gives: a second one would stand in for a service.
bool is_ours(const std::string& name) {
  return name.starts_with("outbound|") || name.starts_with("inbound|") || name == kBlackHoleCluster || name == kPassthroughCluster ||
         name == kInboundPassthroughCluster;
}

// False: a patch removes it.
bool patch_cluster(View& view, PatchContext context, std::span<const std::string> services, Cluster* cluster, Taken* taken) {
  const std::string name = cluster->name();
  for (const auto& patch : view.patches(Patched::kClusters)) {
    if (!patch->means(context) || !matches_cluster(*patch, cluster->name(), services)) continue;
    if (!patch->merges() && !patch->removes()) continue;
    taken->push_back(patch);
    if (patch->removes()) return false;
    merge_cluster(*patch, cluster);
  }
  cluster->set_name(name);  // routes know it by its name
  return true;
}

}  // namespace

void emit_cluster(View& view, PatchContext context, std::span<const std::string> services, Cluster cluster, std::vector<std::string> refs,
                  std::vector<mesh::ObjectKey> from, Product& product) {
  Taken taken;
  const bool stays = patch_cluster(view, context, services, &cluster, &taken);
  product.take(taken, &from);
  if (!stays) return;
  product.resources.push_back(make_resource(Type::kCluster, cluster.name(), cluster, std::move(refs), std::move(from)));
}

void add_clusters(View& view, PatchContext context, Product& product) {
  std::set<std::string> names;
  for (const auto& patch : view.patches(Patched::kClusters)) {
    if (!adds_to(*patch, context)) continue;
    product.patched.push_back(patch);
    const Cluster& cluster = patch->as<Cluster>();
    if (!is_ours(cluster.name()) && names.insert(cluster.name()).second)
      product.resources.push_back(make_resource(Type::kCluster, cluster.name(), cluster, {}, {patch->object->key}));
    else
      product.notes.push_back(
          {patch->object->key, "conflict", field_of(patch->index) + ".patch.value.name", "there is a cluster of that name already"});
  }
}

}  // namespace amime::translate
