// PolicyTargetReference: policies that are attached to a Gateway (gateway.networking.k8s.io) of their own namespace.
#pragma once

#include <algorithm>
#include <string_view>

#include "mesh/mesh.h"
#include "mesh/proxy.h"

namespace amime::mesh {

// The label by which a router says which Gateway it was made for.
inline constexpr std::string_view kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

// `Ref` is istio.type.v1beta1.PolicyTargetReference, a list of them `Refs`; `ns` the policy's namespace.
template <class Ref>
requires requires(const Ref& ref) { ref.kind(); }
bool names_gateway_of(const Ref& ref, std::string_view ns, const ProxyFacts& proxy) {
  const auto label = proxy.labels.find(kGatewayNameLabel);
  return label != proxy.labels.end() && proxy.ns == ns && ref.kind() == "Gateway" && ref.group() == "gateway.networking.k8s.io" &&
         ref.name() == label->second;
}
template <class Refs>
bool names_gateway_of(const Refs& refs, std::string_view ns, const ProxyFacts& proxy) {
  return std::any_of(refs.begin(), refs.end(), [&](const auto& ref) { return names_gateway_of(ref, ns, proxy); });
}

// Whether a policy's targetRefs (or the older targetRef, which counts where the list is empty), else its selector, mean the workload.
// `Spec` has all three; `ns` is the policy's namespace. Nobody is named: every workload of the namespaces that it concerns.
template <class Spec>
bool means_workload(const Spec& spec, std::string_view ns, const ProxyFacts& proxy) {
  if (!spec.targetrefs().empty()) return names_gateway_of(spec.targetrefs(), ns, proxy);
  if (spec.has_targetref()) return names_gateway_of(spec.targetref(), ns, proxy);
  const auto& labels = spec.selector().match_labels();
  return selects({labels.begin(), labels.end()}, proxy.labels);
}

}  // namespace amime::mesh
