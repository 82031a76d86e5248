// The roots of a proxy's layers: which rules make what it gets.
#include <set>

#include "networking/v1alpha3/gateway.pb.h"
#include "translate/gateway_plan.h"
#include "translate/inbound_cluster.h"
#include "translate/inbound_plan.h"
#include "translate/patch/patch_cluster.h"
#include "translate/patch/patch_listener.h"
#include "translate/route_table.h"
#include "translate/rules.h"
#include "translate/sni_clusters.h"

namespace amime::translate {

// Shared by all proxies that see the same services; nothing here may ask what is one pod's own.
void outbound_root(View& view, std::string_view, Product& product) {
  product.children.push_back({RuleId::kStaticClusters, ""});
  std::set<std::string_view> hosts;
  for (const auto& service : view.visible_services())
    if (hosts.insert(service->host).second) product.children.push_back({RuleId::kServiceClusters, service->host});
  if (!view.is_router()) product.children.push_back({RuleId::kOutboundListeners, ""});
  if (view.asks_names()) product.children.push_back({RuleId::kNameTable, ""});
  const PatchContext context = view.is_router() ? PatchContext::kGateway : PatchContext::kOutbound;
  add_clusters(view, context, product);
  if (!view.is_router()) add_listeners(view, context, product);
}

void inbound_root(View& view, std::string_view, Product& product) {
  product.children.push_back({RuleId::kInboundListener, ""});
  product.children.push_back({RuleId::kExtensions, ""});
  std::vector<Note> notes;  // the listener's rule says them
  for (const auto& port : plan_inbound(view, &notes)) product.children.push_back(inbound_cluster_key(port.port));
  add_clusters(view, PatchContext::kInbound, product);
  add_listeners(view, PatchContext::kInbound, product);
}

void gateway_root(View& view, std::string_view, Product& product) {
  std::set<RuleKey> children{{RuleId::kExtensions, ""}};
  for (const auto& port : plan_gateway(view, &product.notes)) {
    children.insert({RuleId::kGatewayListener, gateway_listener_name(view, port)});
    if (!port.table.empty()) children.insert(gateway_table_key(port.table));
    for (const auto& server : port.servers) {
      if (!server.table.empty()) children.insert(gateway_table_key(server.table));
      if (is_auto_passthrough(*server.server))
        for (const auto& service : auto_passthrough_services(view, server)) children.insert({RuleId::kSniClusters, service->host});
      for (auto& name : secret_names(*server.server)) children.insert({RuleId::kGatewaySecret, std::move(name)});
    }
  }
  product.children.assign(children.begin(), children.end());
  add_listeners(view, PatchContext::kGateway, product);
}

}  // namespace amime::translate
