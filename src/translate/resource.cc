#include "translate/resource.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route_components.pb.h"
#include "translate/type_urls.h"

namespace amime::translate {
namespace {

using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;

// Wire types and numbers of the fields we frame by hand; all are length-delimited.
constexpr std::uint32_t tag(std::uint32_t field) { return field << 3 | 2; }

std::size_t framed_size(std::size_t length) { return 1 + CodedOutputStream::VarintSize64(length) + length; }

// Writes "tag, length"; the content follows.
void put_header(CodedOutputStream& out, std::uint32_t field, std::size_t length) {
  out.WriteTag(tag(field));
  out.WriteVarint64(length);
}
void put_string(CodedOutputStream& out, std::uint32_t field, std::string_view text) {
  put_header(out, field, text.size());
  out.WriteRaw(text.data(), static_cast<int>(text.size()));
}

std::string deterministic_bytes(const google::protobuf::Message& message) {
  std::string bytes;
  bytes.reserve(message.ByteSizeLong());
  StringOutputStream stream(&bytes);
  CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&out);
  out.Trim();
  return bytes;
}

// Frames the message as DeltaDiscoveryResponse.resources has it; see Resource for the layout.
void frame(std::string_view message, Resource& resource) {
  resource.identity =
      base::combine(base::combine(static_cast<std::uint64_t>(resource.type), base::hash64(resource.name)), resource.version);
  const std::string_view url = type_url(resource.type);
  const std::string version = base::hex64(resource.version);
  const std::size_t any_size = framed_size(url.size()) + framed_size(message.size());
  const std::size_t resource_size = framed_size(version.size()) + framed_size(any_size) + framed_size(resource.name.size());

  auto bytes = std::make_shared<std::string>();
  bytes->reserve(framed_size(resource_size));
  {
    StringOutputStream stream(bytes.get());
    CodedOutputStream out(&stream);
    put_header(out, 2, resource_size);
    put_string(out, 1, version);
    resource.sotw_offset = static_cast<std::uint32_t>(out.ByteCount());
    resource.sotw_size = static_cast<std::uint32_t>(framed_size(any_size));
    put_header(out, 2, any_size);
    put_string(out, 1, url);
    put_header(out, 2, message.size());
    resource.message_offset = static_cast<std::uint32_t>(out.ByteCount());
    resource.message_size = static_cast<std::uint32_t>(message.size());
    out.WriteRaw(message.data(), static_cast<int>(message.size()));
    put_string(out, 3, resource.name);
  }
  resource.bytes = std::move(bytes);
}

std::uint64_t claim(const envoy::config::core::v3::Address& address) {
  const auto& socket = address.socket_address();
  if (address.has_pipe()) return base::hash64(address.pipe().path());
  return base::combine(base::hash64(socket.address()), socket.port_value());
}

void note_claims(const google::protobuf::Message& message, Resource& resource) {
  auto& claims = resource.claims;
  if (resource.type == Type::kVirtualHost) {
    const std::uint64_t table = base::hash64(std::string_view(resource.name).substr(0, resource.name.rfind('/')));
    for (const auto& domain : static_cast<const envoy::config::route::v3::VirtualHost&>(message).domains())
      claims.push_back(base::hash64(domain, table));
  } else if (resource.type == Type::kListener) {
    const auto& listener = static_cast<const envoy::config::listener::v3::Listener&>(message);
    claims.push_back(claim(listener.address()));
    for (const auto& more : listener.additional_addresses()) claims.push_back(claim(more.address()));
  }
  std::sort(claims.begin(), claims.end());
}

std::uint64_t types_in(std::string_view bytes) {
  std::vector<std::uint64_t> types;
  for_each_type(bytes, [&](std::string_view type) { types.push_back(base::hash64(type)); });
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  std::uint64_t digest = types.size();
  for (const auto type : types) digest = base::combine(digest, type);
  return digest;
}

// A cluster says itself whether Envoy will ask for its endpoints, and under which name.
void note_eds(const google::protobuf::Message& message, Resource& resource) {
  if (resource.type != Type::kCluster) return;
  const auto& cluster = static_cast<const envoy::config::cluster::v3::Cluster&>(message);
  using Cluster = envoy::config::cluster::v3::Cluster;
  resource.resolved = cluster.type() == Cluster::STRICT_DNS || cluster.type() == Cluster::LOGICAL_DNS;
  resource.eds = cluster.type() == Cluster::EDS;
  if (!resource.eds) return;
  const std::string& service_name = cluster.eds_cluster_config().service_name();
  resource.eds_name = service_name.empty() ? resource.name : service_name;
}

std::shared_ptr<Resource> start(Type type, std::string name, std::vector<std::string> refs, std::vector<mesh::ObjectKey> from) {
  auto resource = std::make_shared<Resource>();
  resource->type = type;
  resource->name = std::move(name);
  resource->refs = std::move(refs);
  resource->from = std::move(from);
  return resource;
}

struct TypeNames {
  std::string_view url, short_name;
};
constexpr std::array<TypeNames, kTypes> kTypeNames = {{
    {"type.googleapis.com/envoy.config.cluster.v3.Cluster", "cds"},
    {"type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "eds"},
    {"type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "ecds"},
    {"type.googleapis.com/envoy.config.listener.v3.Listener", "lds"},
    {"type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "rds"},
    {"type.googleapis.com/envoy.config.route.v3.VirtualHost", "vhds"},
    {"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "sds"},
    {"type.googleapis.com/istio.networking.nds.v1.NameTable", "nds"},
}};

}  // namespace

std::string_view type_url(Type type) { return kTypeNames[static_cast<std::size_t>(type)].url; }
std::string_view type_short(Type type) { return kTypeNames[static_cast<std::size_t>(type)].short_name; }

ResourcePtr make_resource(Type type, std::string name, const google::protobuf::Message& message, std::vector<std::string> refs,
                          std::vector<mesh::ObjectKey> from) {
  auto resource = start(type, std::move(name), std::move(refs), std::move(from));
  const std::string bytes = deterministic_bytes(message);
  resource->version = base::hash64(bytes);
  note_eds(message, *resource);
  note_claims(message, *resource);
  resource->types = types_in(bytes);
  frame(bytes, *resource);
  return resource;
}

ResourcePtr make_unknown_resource(Type type, std::string name, std::string_view version) {
  auto resource = start(type, std::move(name), {}, {});
  resource->unknown = true;
  resource->version = base::hash64(version, 1);  // equal to none of ours
  frame("", *resource);
  return resource;
}

ResourcePtr make_resource_of_bytes(Type type, std::string name, std::string_view message, std::vector<std::string> refs,
                                   std::vector<mesh::ObjectKey> from) {
  auto resource = start(type, std::move(name), std::move(refs), std::move(from));
  resource->version = base::hash64(message);
  frame(message, *resource);
  return resource;
}

}  // namespace amime::translate
