// Which outbound listeners a sidecar has.
#include "mesh/v1alpha1/config.pb.h"
#include "translate/outbound_plan.h"
#include "translate/rules.h"

namespace amime::translate {

void outbound_listeners(View& view, std::string_view, Product& product) {
  const auto add = [&](std::string subject) { product.children.push_back({RuleId::kOutboundListener, std::move(subject)}); };
  const OutboundPlan plan = plan_outbound(view, &product.notes);
  for (const auto& listener : plan.listeners) add(encode(listener));
  for (const auto& pods : plan.pods) add(encode(pods));
  // Without interception nothing arrives that was not sent to a listener.
  if (view.interception() != mesh::InterceptionMode::kNone && view.bind_address().empty()) add(std::string(kVirtualOutboundSubject));
  if (view.mesh_config().proxy_http_port() > 0) add(std::string(kHttpProxySubject));
}

}  // namespace amime::translate
