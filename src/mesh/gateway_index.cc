#include "mesh/gateway_index.h"

#include "mesh/mesh.h"
#include "networking/v1alpha3/gateway.pb.h"

namespace amime::mesh {

std::vector<ObjectPtr> GatewayIndex::find(std::string_view ns, const Labels& labels) const {
  std::vector<ObjectPtr> out;
  for (const auto& gateway : *ordered_) {
    if (gateway->derived && !gateway->derived->workloads_ns.empty() && gateway->derived->workloads_ns != ns) continue;
    const auto& selector = gateway->spec<istio::networking::v1alpha3::Gateway>().selector();
    if (selects({selector.begin(), selector.end()}, labels)) out.push_back(gateway);
  }
  return out;
}

void GatewayIndex::settle() {
  ordered_.settle([](const ObjectPtr& a, const ObjectPtr& b) { return older(*a, *b); });
}

}  // namespace amime::mesh
