// Resource: one Envoy xDS resource, encoded once and shared by every proxy that needs it. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace google::protobuf {
class Message;
}

namespace amime::translate {

// In the order in which one push sends them: a thing before what names it.
enum class Type : std::uint8_t { kCluster, kEndpoint, kExtension, kListener, kRoute, kVirtualHost, kSecret, kNameTable };
inline constexpr std::size_t kTypes = 8;
std::string_view type_url(Type type);    // type.googleapis.com/envoy.config.cluster.v3.Cluster
std::string_view type_short(Type type);  // cds, eds, ecds, lds, rds, vhds, sds, nds: Istio's metric labels
// Types whose empty subscription means "everything" (xDS: wildcard); the others are asked for by name.
inline bool is_wildcard_type(Type type) { return type == Type::kCluster || type == Type::kListener || type == Type::kNameTable; }

struct Resource {
  Type type{};
  std::string name;
  std::uint64_t version = 0;          // hash of the message's deterministic bytes; equal versions mean equal messages
  std::uint64_t identity = 0;         // hash of type, name and version
  std::vector<std::string> refs;      // names of what it needs: a route's clusters, a listener's routes, a cluster's or listener's secrets
  std::vector<mesh::ObjectKey> from;  // the objects that shaped it, for tracing a NACK back
  // What only one resource of its type can have at a time: a virtual host's domains within its table, a listener's addresses.
  // Hashes; sorted.
  std::vector<std::uint64_t> claims;
  bool unknown = false;   // a proxy has it, in a version whose content is not known here
  bool resolved = false;  // kCluster: Envoy resolves its addresses by DNS
  bool eds = false;       // kCluster: Envoy will ask for endpoints ...
  std::string eds_name;   // ... under this name

  // The wire form. Field 2 of DeltaDiscoveryResponse is a Resource, whose own field 2 is the Any; field 2 of
  // DiscoveryResponse is an Any. So one buffer serves both protocols: `delta()` is "tag 2, length, Resource", and inside
  // it lies, contiguous, "tag 2, length, Any", which is `sotw()`.
  std::shared_ptr<const std::string> bytes;
  std::uint32_t sotw_offset = 0, sotw_size = 0;
  std::string_view delta() const { return *bytes; }
  std::string_view sotw() const { return std::string_view(*bytes).substr(sotw_offset, sotw_size); }
  std::string_view message() const { return std::string_view(*bytes).substr(message_offset, message_size); }
  std::uint32_t message_offset = 0, message_size = 0;  // the bare message, for /debug/config_dump
  // Hash of the set of types that are packed in it: resources of one hash can be loaded by the same Envoys.
  std::uint64_t types = 0;
};
using ResourcePtr = std::shared_ptr<const Resource>;

// Encodes `message` deterministically. The message may die afterwards.
ResourcePtr make_resource(Type type, std::string name, const google::protobuf::Message& message, std::vector<std::string> refs = {},
                          std::vector<mesh::ObjectKey> from = {});
// What a proxy says it has, of another version than ours or that we do not have at all: a name and that version.
ResourcePtr make_unknown_resource(Type type, std::string name, std::string_view version);
// A resource whose message is already encoded (a route table put together from its virtual hosts' bytes).
ResourcePtr make_resource_of_bytes(Type type, std::string name, std::string_view message, std::vector<std::string> refs = {},
                                   std::vector<mesh::ObjectKey> from = {});

}  // namespace amime::translate
