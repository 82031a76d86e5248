#include "translate/module_cluster.h"

#include <fmt/format.h>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/cluster_parts.h"
#include "translate/pack.h"
#include "translate/patch/patch_cluster.h"
#include "translate/socket_address.h"

// Envoy would rather have these in its DnsCluster extension; other clusters have them here as well.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

void set_tls(const std::string& host, EnvoyCluster& cluster) {
  namespace tls = ::envoy::extensions::transport_sockets::tls::v3;
  tls::UpstreamTlsContext context;
  if (!is_ip(host)) context.set_sni(host);
  auto* validation = context.mutable_common_tls_context()->mutable_validation_context();
  validation->mutable_trusted_ca()->set_filename(kSystemAuthorities);
  auto* name = validation->add_match_typed_subject_alt_names();
  name->set_san_type(is_ip(host) ? tls::SubjectAltNameMatcher::IP_ADDRESS : tls::SubjectAltNameMatcher::DNS);
  name->mutable_matcher()->set_exact(host);
  cluster.mutable_transport_socket()->set_name("envoy.transport_sockets.tls");
  pack(context, cluster.mutable_transport_socket()->mutable_typed_config());
}

}  // namespace

std::string add_module_cluster(View& view, const ModuleUrl& url, const mesh::ObjectKey& plugin, Product& product) {
  EnvoyCluster cluster;
  std::string name = fmt::format("{}|{}||{}", url.tls() ? "wasm-tls" : "wasm", url.port, url.host);
  cluster.set_name(name);
  *cluster.mutable_connect_timeout() = view.mesh_config().connect_timeout();
  cluster.set_type(is_ip(url.host) ? EnvoyCluster::STATIC : EnvoyCluster::STRICT_DNS);
  if (!is_ip(url.host)) cluster.set_dns_lookup_family(dns_lookup_family(view));
  cluster.mutable_load_assignment()->set_cluster_name(name);
  set_address(url.host, url.port,
              cluster.mutable_load_assignment()->add_endpoints()->add_lb_endpoints()->mutable_endpoint()->mutable_address());
  if (url.tls()) set_tls(url.host, cluster);
  emit_cluster(view, view.is_router() ? PatchContext::kGateway : PatchContext::kOutbound, {}, std::move(cluster), {}, {plugin}, product);
  return name;
}

}  // namespace amime::translate
