#include "mesh/policy_index.h"

#include "mesh/objects.h"
#include "mesh/target_refs.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::mesh {
namespace {

using istio::security::v1beta1::AuthorizationPolicy;
using istio::security::v1beta1::RequestAuthentication;

template <class Spec>
std::vector<ObjectPtr> policies_for(const ListsByNamespace<>& all, const ProxyFacts& proxy, std::string_view root_ns) {
  std::vector<ObjectPtr> out;
  const auto take = [&](std::string_view ns) {
    for (const auto& object : all.of(ns))
      if (means_workload(object->spec<Spec>(), object->key.ns, proxy)) out.push_back(object);
  };
  take(root_ns);
  if (proxy.ns != root_ns) take(proxy.ns);
  return out;
}

}  // namespace

std::vector<ObjectPtr> PolicyIndex::authorizations(const ProxyFacts& proxy, std::string_view root_ns) const {
  return policies_for<AuthorizationPolicy>(authorizations_, proxy, root_ns);
}

std::vector<ObjectPtr> PolicyIndex::authentications(const ProxyFacts& proxy, std::string_view root_ns) const {
  return policies_for<RequestAuthentication>(authentications_, proxy, root_ns);
}

PeerPolicies PolicyIndex::peers(std::string_view ns, std::string_view root_ns) const {
  return {ns, root_ns, &peers_.of(ns), &peers_.of(root_ns)};
}

ListsByNamespace<>& PolicyIndex::list_of(Kind kind) {
  if (kind == Kind::kAuthorizationPolicy) return authorizations_;
  return kind == Kind::kRequestAuthentication ? authentications_ : peers_;
}

void PolicyIndex::replace(const ObjectPtr& before, const ObjectPtr& after) {
  list_of((before ? before : after)->key.kind).replace(before, after, [](const ObjectPtr& a, const ObjectPtr& b) { return older(*a, *b); });
}

}  // namespace amime::mesh
