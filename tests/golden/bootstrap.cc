// Puts a catalog into a bootstrap, so that the real Envoy judges every resource of it.
#include "envoy/config/bootstrap/v3/bootstrap.pb.h"
#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/upstreams/http/v3/http_protocol_options.pb.h"
#include "golden/golden_case.h"
#include "mesh/envoy_json.h"

namespace amime::test {
namespace {

using envoy::config::bootstrap::v3::Bootstrap;
using envoy::config::listener::v3::FilterChain;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using translate::Catalog;
using translate::Type;

template <class Message>
Message parse(const translate::Resource& resource) {
  Message message;
  message.ParseFromString(std::string(resource.message()));
  return message;
}

// Routes that the listener would ask for, inside it.
void inline_routes(const Catalog& catalog, HttpConnectionManager& manager) {
  if (!manager.has_rds()) return;
  const auto* table = catalog.of(Type::kRoute)->find(manager.rds().route_config_name());
  const std::string name = manager.rds().route_config_name();
  if (table) {
    *manager.mutable_route_config() = parse<envoy::config::route::v3::RouteConfiguration>(**table);
  } else {
    manager.mutable_route_config()->set_name(name);
  }
}

// Likewise what filters would ask for by name; but modules, which are no files here.
template <class Filter>
void inline_extension(const Catalog& catalog, Filter& filter) {
  const auto* found = filter.has_config_discovery() ? catalog.of(Type::kExtension)->find(filter.name()) : nullptr;
  if (!found) return;
  auto config = parse<envoy::config::core::v3::TypedExtensionConfig>(**found).typed_config();
  if (!config.type_url().ends_with(".Wasm")) *filter.mutable_typed_config() = std::move(config);
}

void inline_asked(const Catalog& catalog, FilterChain& chain) {
  for (auto& filter : *chain.mutable_filters()) {
    inline_extension(catalog, filter);
    HttpConnectionManager manager;
    if (!filter.typed_config().UnpackTo(&manager)) continue;
    inline_routes(catalog, manager);
    for (auto& inner : *manager.mutable_http_filters()) inline_extension(catalog, inner);
    filter.mutable_typed_config()->PackFrom(manager);
  }
}

void add_grpc_cluster(const char* name, Bootstrap& bootstrap) {
  auto& cluster = *bootstrap.mutable_static_resources()->add_clusters();
  cluster.set_name(name);
  cluster.set_type(envoy::config::cluster::v3::Cluster::STATIC);
  cluster.mutable_connect_timeout()->set_seconds(1);
  cluster.mutable_load_assignment()->set_cluster_name(name);
  envoy::extensions::upstreams::http::v3::HttpProtocolOptions http2;
  http2.mutable_explicit_http_config()->mutable_http2_protocol_options();
  (*cluster.mutable_typed_extension_protocol_options())["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"].PackFrom(http2);
}

void set_ads(Bootstrap& bootstrap) {
  auto& ads = *bootstrap.mutable_dynamic_resources()->mutable_ads_config();
  ads.set_api_type(envoy::config::core::v3::ApiConfigSource::GRPC);
  ads.set_transport_api_version(envoy::config::core::v3::V3);
  ads.add_grpc_services()->mutable_envoy_grpc()->set_cluster_name("xds-grpc");
}

}  // namespace

void start_bootstrap(const std::string& node, Bootstrap& bootstrap) {
  bootstrap.mutable_node()->set_id(node);
  bootstrap.mutable_node()->set_cluster("golden");
  add_grpc_cluster("xds-grpc", bootstrap);
  add_grpc_cluster("sds-grpc", bootstrap);  // the agent's
  set_ads(bootstrap);
}

void fill_bootstrap(const Catalog& catalog, Bootstrap& bootstrap) {
  auto& statics = *bootstrap.mutable_static_resources();
  catalog.of(Type::kCluster)->for_each([&](const auto& r) { *statics.add_clusters() = parse<envoy::config::cluster::v3::Cluster>(*r); });
  catalog.of(Type::kListener)->for_each([&](const auto& r) {
    auto& listener = *statics.add_listeners() = parse<envoy::config::listener::v3::Listener>(*r);
    for (auto& chain : *listener.mutable_filter_chains()) inline_asked(catalog, chain);
    if (listener.has_default_filter_chain()) inline_asked(catalog, *listener.mutable_default_filter_chain());
  });
}

std::string to_bootstrap(const Catalog& catalog, const GoldenProxy& proxy) {
  Bootstrap bootstrap;
  start_bootstrap(proxy.facts.id, bootstrap);
  fill_bootstrap(catalog, bootstrap);
  return mesh::write_envoy(bootstrap);
}

}  // namespace amime::test
