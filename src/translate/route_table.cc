#include "translate/route_table.h"

#include <fmt/format.h>

#include <charconv>

#include "envoy/config/route/v3/route.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "translate/names.h"
#include "translate/patch/patch_routes.h"
#include "translate/route_config.h"
#include "translate/rules.h"
#include "translate/table_plan.h"

namespace amime::translate {
namespace {

// Sidecar.egress[i].port.protocol HTTP_PROXY: the listener takes requests for hosts of any port.
bool is_http_proxy(View& view, std::size_t egress) {
  const mesh::ObjectPtr sidecar = view.sidecar();
  if (sidecar == nullptr) return false;
  const auto& spec = sidecar->spec<istio::networking::v1alpha3::Sidecar>();
  if (static_cast<int>(egress) >= spec.egress_size()) return false;
  std::string protocol = spec.egress(static_cast<int>(egress)).port().protocol();
  for (char& c : protocol) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return protocol == "HTTP_PROXY";
}

}  // namespace

std::string outbound_table_name(std::uint32_t port, std::string_view bind) { return port == 0 ? std::string(bind) : std::to_string(port); }

std::string sniffed_table_name(std::string_view host, std::uint32_t port) { return fmt::format("{}:{}", host, port); }

RuleKey route_table_key(std::size_t egress, std::string_view table) {
  return {RuleId::kRouteTable, join_subject({std::to_string(egress), table})};
}

RuleKey gateway_table_key(std::string_view table) { return {RuleId::kGatewayTable, std::string(table)}; }

// Subject EGRESS|TABLE. Reads headers only: an edit of a VirtualService's routes does not come here.
void route_table(View& view, std::string_view subject, Product& product) {
  const auto parts = split_subject(subject, 2);
  TablePlanRequest request;
  std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), request.egress);
  request.table = parts[1];
  request.client_namespace = [&view] { return view.proxy_namespace(); };

  envoy::config::route::v3::RouteConfiguration table;
  table.set_name(request.table);
  set_table_defaults(&table);
  // `amime up` reaches services of every port through the HTTP proxy, so there the port tells which is meant. (Elsewhere the
  // table is as Istio has it, and only port 80 can be reached so.)
  if (request.table == kHttpProxyTable && !view.bind_address().empty()) table.set_ignore_port_in_host_matching(false);
  RoutePatching patching;
  const TableSubject patched{PatchContext::kOutbound, request.table, {}};
  patch_table(view, patched, &table, &patching);
  std::vector<mesh::ObjectKey> from;
  product.take(patching.taken, &from);
  product.resources.push_back(make_resource(Type::kRoute, request.table, table, {}, std::move(from)));
  if (!added_virtual_hosts(view, patched, &patching).empty()) product.children.push_back({RuleId::kAddedHosts, std::string(subject)});
  if (request.egress >= view.egress_count()) return;
  request.http_proxy = is_http_proxy(view, request.egress);
  for (const VirtualHostPlan& plan : plan_table(view.egress(request.egress), request)) {
    product.children.push_back({RuleId::kVirtualHost, to_subject(plan)});
  }
}

// Subject EGRESS|TABLE, as its table's.
void added_hosts(View& view, std::string_view subject, Product& product) {
  const auto table = split_subject(subject, 2)[1];
  RoutePatching patching;
  auto hosts = added_virtual_hosts(view, {PatchContext::kOutbound, table, {}}, &patching);
  std::vector<mesh::ObjectKey> from;
  product.take(patching.taken, &from);
  for (auto& host : hosts) {
    host.set_name(fmt::format("{}/{}", table, host.name()));
    product.resources.push_back(
        make_resource(Type::kVirtualHost, host.name(), host, {patching.clusters.begin(), patching.clusters.end()}, from));
  }
}

}  // namespace amime::translate
