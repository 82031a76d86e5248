#include "translate/route_assembly.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/hash.h"
#include "envoy/config/route/v3/route.pb.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::RouteConfiguration;

std::string vhds_field() {
  RouteConfiguration only_vhds;
  auto& source = *only_vhds.mutable_vhds()->mutable_config_source();
  source.mutable_ads();
  source.set_resource_api_version(envoy::config::core::v3::V3);
  return only_vhds.SerializeAsString();
}

// The field `name` of a virtual host inside its table: as Istio has it, without "TABLE/", which only VHDS needs (decision
// 0002). Of a scalar field that occurs twice, the last one counts.
std::string own_name(const Resource& host) {
  envoy::config::route::v3::VirtualHost only_name;
  only_name.set_name(host.name.substr(host.name.rfind('/') + 1));
  return only_name.SerializeAsString();
}

}  // namespace

ResourcePtr table_with_vhds(const Resource& table) {
  static const std::string vhds = vhds_field();
  std::string bytes(table.message());
  bytes += vhds;
  return make_resource_of_bytes(Type::kRoute, table.name, bytes, table.refs, table.from);
}

ResourcePtr table_with_hosts(const Resource& table, const std::vector<ResourcePtr>& hosts) {
  using google::protobuf::io::CodedOutputStream;
  std::string bytes(table.message());
  std::vector<std::string> refs = table.refs;
  std::vector<mesh::ObjectKey> from = table.from;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    CodedOutputStream out(&stream);
    for (const auto& host : hosts) {
      const std::string name = own_name(*host);
      out.WriteTag(RouteConfiguration::kVirtualHostsFieldNumber << 3 | 2);
      out.WriteVarint64(host->message().size() + name.size());
      out.WriteRaw(host->message().data(), static_cast<int>(host->message().size()));
      out.WriteString(name);
      refs.insert(refs.end(), host->refs.begin(), host->refs.end());
      from.insert(from.end(), host->from.begin(), host->from.end());
    }
  }
  return make_resource_of_bytes(Type::kRoute, table.name, bytes, std::move(refs), std::move(from));
}

template <class Make>
ResourcePtr RouteForms::remember(std::uint64_t digest, Make make) {
  auto& slot = made_[digest];
  if (auto held = slot.lock()) return held;
  ResourcePtr made = make();
  slot = made;
  if (made_.size() >= purge_at_) {
    std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
    purge_at_ = 2 * made_.size() + 64;
  }
  return made;
}

ResourcePtr RouteForms::vhds(const ResourcePtr& table) {
  const std::uint64_t digest = base::combine(base::hash64(table->name, 1), table->version);
  return remember(digest, [&] { return table_with_vhds(*table); });
}

ResourcePtr RouteForms::whole(const ResourcePtr& table, const std::vector<ResourcePtr>& hosts) {
  std::uint64_t digest = base::combine(base::hash64(table->name, 2), table->version);
  for (const auto& host : hosts) digest = base::combine(base::combine(digest, base::hash64(host->name)), host->version);
  return remember(digest, [&] { return table_with_hosts(*table, hosts); });
}

}  // namespace amime::translate
