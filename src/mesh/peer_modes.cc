#include "mesh/peer_modes.h"

#include "mesh/digest.h"
#include "mesh/mesh.h"
#include "security/v1beta1/peer_authentication.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::mesh {
namespace {

using istio::security::v1beta1::PeerAuthentication;
using Mode = PeerAuthentication::MutualTLS::Mode;

MutualTls mode_of(Mode mode, MutualTls unset) {
  switch (mode) {
    case PeerAuthentication::MutualTLS::DISABLE: return MutualTls::kDisable;
    case PeerAuthentication::MutualTLS::PERMISSIVE: return MutualTls::kPermissive;
    case PeerAuthentication::MutualTLS::STRICT: return MutualTls::kStrict;
    default: return unset;
  }
}

const PeerAuthentication& spec_of(const Object& object) { return object.spec<PeerAuthentication>(); }
bool names_workloads(const Object& object) { return !spec_of(object).selector().match_labels().empty(); }

// The oldest for all workloads.
const Object* for_all(const std::vector<ObjectPtr>& policies) {
  for (const auto& object : policies)
    if (!names_workloads(*object)) return object.get();
  return nullptr;
}

// The oldest that names this one.
const Object* for_workload(const std::vector<ObjectPtr>& policies, const Labels& labels) {
  for (const auto& object : policies) {
    const auto& wanted = spec_of(*object).selector().match_labels();
    if (names_workloads(*object) && selects({wanted.begin(), wanted.end()}, labels)) return object.get();
  }
  return nullptr;
}

void take(const Object* policy, PeerModes* out) {
  if (policy == nullptr) return;
  out->mode = mode_of(spec_of(*policy).mtls().mode(), out->mode);
  out->from.push_back(policy->key);
}

}  // namespace

std::uint64_t PeerPolicies::digest() const {
  Digest out;
  for (const auto* list : {own, root})
    for (const auto& object : *list) out.add(to_string(object->key)).add(object->created).add(object->digest);
  return out.value();
}

PeerModes PeerPolicies::of(const Labels& workload) const {
  PeerModes out;
  take(for_all(*root), &out);
  if (ns == root_ns) return out;  // there, selectors choose nobody
  take(for_all(*own), &out);
  const Object* named = for_workload(*own, workload);
  take(named, &out);
  if (named != nullptr)
    for (const auto& [port, mtls] : spec_of(*named).port_level_mtls()) out.by_port[port] = mode_of(mtls.mode(), out.mode);
  return out;
}

}  // namespace amime::mesh
