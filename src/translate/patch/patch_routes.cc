#include "translate/patch/patch_routes.h"

#include <google/protobuf/any.pb.h>

#include <algorithm>

#include "envoy/config/route/v3/route.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "translate/patch/merge.h"
#include "translate/patch/patch_list.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::Route;
using envoy::config::route::v3::RouteConfiguration;
using envoy::config::route::v3::VirtualHost;
using istio::networking::v1alpha3::EnvoyFilter;

bool is_for(const Patch& patch, EnvoyFilter::ApplyTo apply_to, const TableSubject& subject) {
  return patch.spec->apply_to() == apply_to && patch.means(subject.context) && matches_table(patch, subject);
}

void add_clusters_of(const VirtualHost& host, std::set<std::string>* clusters) {
  for (const auto& route : host.routes()) {
    if (!route.route().cluster().empty()) clusters->insert(route.route().cluster());
    for (const auto& weighted : route.route().weighted_clusters().clusters()) clusters->insert(weighted.name());
    for (const auto& mirror : route.route().request_mirror_policies()) clusters->insert(mirror.cluster());
  }
}

// False: the route goes.
bool change_route(const Patches& patches, const TableSubject& subject, const VirtualHost& host, Route* route, RoutePatching* out) {
  for (const auto& patch : patches) {
    const bool changes = patch->merges() || patch->removes();
    if (!changes || !is_for(*patch, EnvoyFilter::HTTP_ROUTE, subject) || !matches_virtual_host(*patch, host) ||
        !matches_route(*patch, *route))
      continue;
    out->taken.push_back(patch);
    if (patch->removes()) return false;
    merge(*patch->value, patch->replaces_lists(), route);
  }
  return true;
}

// False: nothing was done.
bool insert_route(const Patch& patch, VirtualHost* host) {
  auto* routes = host->mutable_routes();
  Place place{names_a_route(patch), 0};
  while (place.at < routes->size() && !matches_route(patch, routes->at(place.at))) ++place.at;
  const bool first = patch.operation == PatchOperation::kInsertFirst;
  if (first && place.named && place.at == routes->size()) return false;  // first, but only where the named route is
  return edit_list<Route>(patch, place, routes);
}

void patch_routes(const Patches& patches, const TableSubject& subject, VirtualHost* host, RoutePatching* out) {
  auto* routes = host->mutable_routes();
  for (int i = 0; i < routes->size();) {
    if (change_route(patches, subject, *host, routes->Mutable(i), out))
      ++i;
    else
      routes->DeleteSubrange(i, 1);
  }
  for (const auto& patch : patches) {
    if (patch->merges() || patch->removes() || !is_for(*patch, EnvoyFilter::HTTP_ROUTE, subject)) continue;
    if (matches_virtual_host(*patch, *host) && insert_route(*patch, host)) out->taken.push_back(patch);
  }
}

}  // namespace

void patch_table(View& view, const TableSubject& subject, RouteConfiguration* table, RoutePatching* out) {
  for (const auto& patch : view.patches(Patched::kRoutes)) {
    if (!patch->merges() || !is_for(*patch, EnvoyFilter::ROUTE_CONFIGURATION, subject)) continue;
    merge(*patch->value, patch->replaces_lists(), table);
    table->set_name(std::string(subject.name));  // listeners know it by its name
    out->taken.push_back(patch);
  }
}

bool patch_virtual_host(View& view, const TableSubject& subject, VirtualHost* host, RoutePatching* out) {
  const Patches& patches = view.patches(Patched::kRoutes);
  const std::size_t taken = out->taken.size();
  for (const auto& patch : patches) {
    if (!is_for(*patch, EnvoyFilter::VIRTUAL_HOST, subject) || !matches_virtual_host(*patch, *host)) continue;
    if (patch->removes()) {
      out->taken.push_back(patch);
      return false;
    }
    if (patch->merges())
      merge(*patch->value, patch->replaces_lists(), host);
    else if (patch->operation == PatchOperation::kReplace)
      *host = patch->as<VirtualHost>();
    else
      continue;
    out->taken.push_back(patch);
  }
  if (!patches.empty()) patch_routes(patches, subject, host, out);
  if (out->taken.size() != taken) add_clusters_of(*host, &out->clusters);
  return true;
}

std::vector<VirtualHost> added_virtual_hosts(View& view, const TableSubject& subject, RoutePatching* out) {
  std::vector<VirtualHost> hosts;
  for (const auto& patch : view.patches(Patched::kRoutes)) {
    if (!patch->adds() || !is_for(*patch, EnvoyFilter::VIRTUAL_HOST, subject)) continue;
    hosts.push_back(patch->as<VirtualHost>());
    add_clusters_of(hosts.back(), &out->clusters);
    out->taken.push_back(patch);
  }
  return hosts;
}

void patch_whole_table(View& view, const TableSubject& subject, RouteConfiguration* table, RoutePatching* out) {
  if (view.patches(Patched::kRoutes).empty()) return;
  patch_table(view, subject, table, out);
  auto* hosts = table->mutable_virtual_hosts();
  for (int i = 0; i < hosts->size();) {
    if (patch_virtual_host(view, subject, hosts->Mutable(i), out))
      ++i;
    else
      hosts->DeleteSubrange(i, 1);
  }
  for (auto& host : added_virtual_hosts(view, subject, out)) *hosts->Add() = std::move(host);
}

}  // namespace amime::translate
