// networking.istio.io EnvoyFilter: that its patches agree with what they apply to, and that their values are messages of Envoy.
#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>

#include "mesh/envoy_json.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

using networking::EnvoyFilter;
using Patch = EnvoyFilter::EnvoyConfigObjectPatch;
using Match = EnvoyFilter::EnvoyConfigObjectMatch;

constexpr std::size_t kLongestVersion = 1024;

bool is_connection_manager(const std::string& name) {
  return name == "envoy.filters.network.http_connection_manager" || name == "envoy.http_connection_manager";
}

void check_listener_match(const EnvoyFilter::ListenerMatch& match, EnvoyFilter::ApplyTo apply_to, const Path& at, Errors& errors) {
  if (!match.filter_chain().has_filter()) return;
  const auto& filter = match.filter_chain().filter();
  const Path here = at / "filterChain" / "filter";
  if (apply_to == EnvoyFilter::LISTENER || apply_to == EnvoyFilter::FILTER_CHAIN)
    errors.warn(here, "has no effect on a listener or a filter chain");
  if (filter.name().empty()) return errors.add(here / "name", "is required");
  if (!filter.has_sub_filter()) return;
  if (apply_to != EnvoyFilter::HTTP_FILTER) errors.add(here / "subFilter", "is for applyTo HTTP_FILTER only");
  if (!is_connection_manager(filter.name()))
    errors.add(here / "name", "subFilter needs envoy.filters.network.http_connection_manager here");
  if (filter.sub_filter().name().empty()) errors.add(here / "subFilter" / "name", "is required");
}

// applyTo and the kind of match must agree.
void check_match_kind(const Patch& patch, const Path& at, Errors& errors) {
  const Match& match = patch.match();
  const auto kind = match.object_types_case();
  if (kind == Match::OBJECT_TYPES_NOT_SET) return;
  switch (patch.apply_to()) {
    case EnvoyFilter::LISTENER:
    case EnvoyFilter::FILTER_CHAIN:
    case EnvoyFilter::NETWORK_FILTER:
    case EnvoyFilter::HTTP_FILTER:
      if (kind != Match::kListener)
        errors.add(at / "match", "needs listener for this applyTo");
      else
        check_listener_match(match.listener(), patch.apply_to(), at / "match" / "listener", errors);
      return;
    case EnvoyFilter::ROUTE_CONFIGURATION:
    case EnvoyFilter::VIRTUAL_HOST:
    case EnvoyFilter::HTTP_ROUTE:
      if (kind != Match::kRouteConfiguration) errors.add(at / "match", "needs routeConfiguration for this applyTo");
      return;
    case EnvoyFilter::CLUSTER:
      if (kind != Match::kCluster) errors.add(at / "match", "needs cluster for this applyTo");
      return;
    default: return;
  }
}

// As a message of Envoy's API; what Envoy itself would say of it is not known here.
void check_value(const Patch& patch, const Path& at, Errors& errors) {
  const std::string_view type = mesh::patched_type(patch.apply_to());
  if (type.empty() || !patch.patch().has_value()) return;
  const auto read = mesh::read_envoy(type, patch.patch().value());
  if (!read.error.empty()) return errors.add(at, fmt::format("is no {}: {}", type, read.error));
  if (!read.unknown.empty()) errors.warn(at, fmt::format("{}; what is not known is left out", read.unknown));
}

void check_patch(const Patch& patch, const Path& at, Errors& errors) {
  if (patch.match().context() == EnvoyFilter::WAYPOINT) return;
  if (patch.apply_to() == EnvoyFilter::INVALID) return errors.add(at / "applyTo", "is required");
  if (!patch.has_patch()) return errors.add(at / "patch", "is required");
  const auto operation = patch.patch().operation();
  if (operation == EnvoyFilter::Patch::INVALID) return errors.add(at / "patch" / "operation", "is required");
  if (operation != EnvoyFilter::Patch::REMOVE && !patch.patch().has_value())
    errors.add(at / "patch" / "value", "is required unless the operation is REMOVE");
  const std::string& version = patch.match().proxy().proxy_version();
  if (version.size() > kLongestVersion)
    errors.warn(at / "match" / "proxy" / "proxyVersion", "is too long and ignored");
  else if (!version.empty())
    check_regex(version, at / "match" / "proxy" / "proxyVersion", errors);
  check_match_kind(patch, at, errors);
  check_value(patch, at / "patch" / "value", errors);
}

}  // namespace

void validate_envoy_filter(const EnvoyFilter& filter, Errors& errors) {
  const Path spec = Path() / "spec";
  if (filter.has_workload_selector()) check_selector(map_of(filter.workload_selector().labels()), spec / "workloadSelector", errors);
  if (filter.has_workload_selector() && !filter.targetrefs().empty())
    errors.add(spec / "targetRefs", "cannot stand together with workloadSelector");
  for (int i = 0; i < filter.config_patches_size(); ++i) check_patch(filter.config_patches(i), spec / "configPatches" / i, errors);
}

}  // namespace amime::source
