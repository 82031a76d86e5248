#include "local/config_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "envoy/admin/v3/config_dump.pb.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "mesh/envoy_json.h"

namespace amime::local {
namespace {

namespace admin = envoy::admin::v3;
using translate::ResourcePtr;
using translate::Type;

std::vector<ResourcePtr> sorted(const SentSets& sets, Type type) {
  std::vector<ResourcePtr> out;
  if (const auto& set = sets.of[static_cast<std::size_t>(type)])
    set->for_each([&](const ResourcePtr& resource) { out.push_back(resource); });
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
  return out;
}

template <class Message>
Message parsed(const ResourcePtr& resource) {
  Message out;
  const auto bytes = resource->message();
  out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return out;
}

const std::string& version(const SentSets& sets, Type type) { return sets.version[static_cast<std::size_t>(type)]; }

admin::ClustersConfigDump clusters(const SentSets& sets) {
  admin::ClustersConfigDump out;
  out.set_version_info(version(sets, Type::kCluster));
  for (const auto& resource : sorted(sets, Type::kCluster)) {
    auto* one = out.add_dynamic_active_clusters();
    one->set_version_info(version(sets, Type::kCluster));
    one->mutable_cluster()->PackFrom(parsed<envoy::config::cluster::v3::Cluster>(resource));
  }
  return out;
}

admin::EndpointsConfigDump endpoints(const SentSets& sets) {
  admin::EndpointsConfigDump out;
  for (const auto& resource : sorted(sets, Type::kEndpoint))
    out.add_dynamic_endpoint_configs()->mutable_endpoint_config()->PackFrom(
        parsed<envoy::config::endpoint::v3::ClusterLoadAssignment>(resource));
  return out;
}

admin::ListenersConfigDump listeners(const SentSets& sets) {
  admin::ListenersConfigDump out;
  out.set_version_info(version(sets, Type::kListener));
  for (const auto& resource : sorted(sets, Type::kListener)) {
    auto* one = out.add_dynamic_listeners();
    one->set_name(resource->name);
    one->mutable_active_state()->set_version_info(version(sets, Type::kListener));
    one->mutable_active_state()->mutable_listener()->PackFrom(parsed<envoy::config::listener::v3::Listener>(resource));
  }
  return out;
}

// Tables whose virtual hosts travel one by one are shown whole, as the proxy sees them.
admin::RoutesConfigDump routes(const SentSets& sets) {
  std::map<std::string, std::vector<ResourcePtr>> hosts;
  for (const auto& resource : sorted(sets, Type::kVirtualHost))
    hosts[resource->name.substr(0, resource->name.rfind('/'))].push_back(resource);
  admin::RoutesConfigDump out;
  for (const auto& resource : sorted(sets, Type::kRoute)) {
    auto table = parsed<envoy::config::route::v3::RouteConfiguration>(resource);
    for (const auto& host : hosts[resource->name]) *table.add_virtual_hosts() = parsed<envoy::config::route::v3::VirtualHost>(host);
    auto* one = out.add_dynamic_route_configs();
    one->set_version_info(version(sets, Type::kRoute));
    one->mutable_route_config()->PackFrom(table);
  }
  return out;
}

envoy::extensions::transport_sockets::tls::v3::Secret redacted(const translate::Resource& secret) {
  envoy::extensions::transport_sockets::tls::v3::Secret shown;
  shown.set_name(secret.name);
  shown.mutable_tls_certificate()->mutable_private_key()->set_inline_string("[redacted]");
  return shown;
}

admin::SecretsConfigDump secrets(const SentSets& sets) {
  admin::SecretsConfigDump out;
  for (const auto& resource : sorted(sets, Type::kSecret)) {
    auto* one = out.add_dynamic_active_secrets();
    one->set_name(resource->name);
    one->mutable_secret()->PackFrom(redacted(*resource));
  }
  return out;
}

admin::EcdsConfigDump extensions(const SentSets& sets) {
  admin::EcdsConfigDump out;
  for (const auto& resource : sorted(sets, Type::kExtension)) {
    auto* one = out.add_ecds_filters();
    one->set_version_info(version(sets, Type::kExtension));
    one->mutable_ecds_filter()->PackFrom(parsed<envoy::config::core::v3::TypedExtensionConfig>(resource));
  }
  return out;
}

std::string print(const admin::ConfigDump& dump) {
  const std::string json = mesh::write_envoy(dump, true);
  return json.empty() ? "{\"error\": \"cannot be shown as JSON\"}\n" : json;
}

}  // namespace

std::string typed_config_dump_json(const SentSets& sets, std::string_view types) {
  admin::ConfigDump dump;
  const std::string wanted = fmt::format(",{},", types);
  for (std::size_t i = 0; i < translate::kTypes; ++i) {
    const auto type = static_cast<Type>(i);
    if (wanted.find(fmt::format(",{},", translate::type_short(type))) == std::string::npos) continue;
    for (const auto& resource : sorted(sets, type)) {
      auto* any = dump.add_configs();
      if (type == Type::kSecret) {
        any->PackFrom(redacted(*resource));
        continue;
      }
      any->set_type_url(std::string(translate::type_url(type)));
      any->set_value(std::string(resource->message()));
    }
  }
  return print(dump);
}

std::string config_dump_json(const SentSets& sets, bool include_endpoints) {
  admin::ConfigDump dump;
  dump.add_configs()->PackFrom(admin::BootstrapConfigDump());
  dump.add_configs()->PackFrom(clusters(sets));
  if (include_endpoints) dump.add_configs()->PackFrom(endpoints(sets));
  dump.add_configs()->PackFrom(listeners(sets));
  dump.add_configs()->PackFrom(admin::ScopedRoutesConfigDump());
  dump.add_configs()->PackFrom(routes(sets));
  dump.add_configs()->PackFrom(secrets(sets));
  dump.add_configs()->PackFrom(extensions(sets));
  return print(dump);
}

}  // namespace amime::local
