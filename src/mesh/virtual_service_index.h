// VirtualServiceIndex: the VirtualServices of a snapshot that routes start from (they have hosts; delegates have none), by
// gateway and in order. It holds only headers, so that a changed route leaves it untouched.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/mesh_config.h"
#include "mesh/objects.h"

namespace amime::mesh {

inline constexpr std::string_view kMeshGateway = "mesh";

// A host that a VirtualService sends to. A Sidecar that imports the VirtualService imports it as well.
struct VirtualServiceDestination {
  std::string host;
  std::uint32_t port = 0;   // 0: all
  Names source_namespaces;  // the only namespaces whose proxies have the route; empty: all
  bool operator==(const VirtualServiceDestination&) const = default;
};

struct VirtualServiceHeader {
  ObjectKey key;
  std::int64_t created = 0;
  std::vector<std::string> hosts;     // full names
  std::vector<std::string> gateways;  // NAMESPACE/NAME or "mesh"
  ExportTo export_to;
  std::vector<VirtualServiceDestination> destinations;
  std::uint64_t digest = 0;
};
using VirtualServiceHeaderPtr = std::shared_ptr<const VirtualServiceHeader>;
using VirtualServiceHeaders = std::vector<VirtualServiceHeaderPtr>;

// Null: a delegate.
VirtualServiceHeaderPtr header_of(const Objects& objects, const Settings& settings, const Object& object);

class VirtualServiceIndex {
 public:
  // Those bound to `gateway` and visible in namespace `ns`: first the namespace's private ones, then those exported to it
  // by name, then the public ones; each oldest first.
  VirtualServiceHeaders of_gateway(std::string_view gateway, std::string_view ns) const;
  std::uint64_t headers_digest() const { return headers_; }
  // Whether of_gateway() answers every namespace alike, and none of the routes is for some namespaces only.
  bool same_for_all(std::string_view gateway) const;

  // Replaces an object (null: not there); the roots (NAMESPACE/NAME) whose headers are to be derived again are appended.
  void relate(const ObjectPtr& before, const ObjectPtr& after, Names* roots);
  // Whether the header differs from before. Then, once for all, settle().
  bool derive(const Objects& objects, const Settings& settings, std::string_view root);
  void settle();

 private:
  using List = SortedList<VirtualServiceHeaderPtr>;
  void replace_in_gateways(const VirtualServiceHeaderPtr& before, const VirtualServiceHeaderPtr& after);

  MultiMap roots_of_;  // delegate NAMESPACE/NAME -> roots
  PersistentMap<VirtualServiceHeaderPtr> headers_by_name_;
  PersistentMap<std::shared_ptr<const List>> by_gateway_;
  std::map<std::string, List, std::less<>> pending_;  // gateways with replacements since the last settle()
  std::uint64_t headers_ = 0;
};

}  // namespace amime::mesh
