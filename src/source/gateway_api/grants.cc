#include "source/gateway_api/grants.h"

#include <algorithm>

namespace amime::source::gateway_api {
namespace {

// The name that objects of the kind have in YAML.
std::string_view user_kind(mesh::Kind kind) { return kind == mesh::Kind::kKubernetesGateway ? "Gateway" : mesh::kind_name(kind); }

bool grants(const GrantSpec& grant, const mesh::ObjectKey& from, const Reference& to) {
  const bool asks = std::any_of(grant.from.begin(), grant.from.end(), [&](const Reference& one) {
    return one.group == kGroup && one.kind == user_kind(from.kind) && one.ns == from.ns;
  });
  return asks && std::any_of(grant.to.begin(), grant.to.end(), [&](const Reference& one) {
           return one.group == to.group && one.kind == to.kind && (one.name.empty() || one.name == to.name);
         });
}

}  // namespace

bool may_refer(Reads& reads, const mesh::ObjectKey& from, const Reference& to, std::string_view to_ns) {
  if (from.ns == to_ns) return true;
  const auto found = reads.of_namespace(mesh::Kind::kReferenceGrant, to_ns);
  return std::any_of(found.begin(), found.end(),
                     [&](const mesh::ObjectPtr& grant) { return grants(spec_of<GrantSpec>(*grant), from, to); });
}

}  // namespace amime::source::gateway_api
