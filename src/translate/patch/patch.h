// Patch: one of an EnvoyFilter's configPatches, read once: its value is a message of Envoy's API, its patterns are compiled.
// Immutable; shared by all snapshots in which the object is the same.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"
#include "mesh/proxy.h"

namespace istio::networking::v1alpha3 {
class EnvoyFilter_EnvoyConfigObjectPatch;
}
namespace re2 {
class RE2;
}

namespace amime::translate {

// What a patch changes decides which rules depend on it.
enum class Patched : std::uint8_t { kClusters, kListeners, kRoutes, kExtensions };
inline constexpr std::size_t kPatchedGroups = 4;

// Whose traffic a resource is for (EnvoyFilter.PatchContext).
enum class PatchContext : std::uint8_t { kInbound, kOutbound, kGateway };

// EnvoyFilter.Patch.Operation. Inserting is adding where there is no order.
enum class PatchOperation : std::uint8_t {
  kMerge,
  kMergeAndReplaceList,
  kAdd,
  kRemove,
  kInsertFirst,
  kInsertBefore,
  kInsertAfter,
  kReplace
};

using PatchSpec = istio::networking::v1alpha3::EnvoyFilter_EnvoyConfigObjectPatch;

struct Patch {
  mesh::ObjectPtr object;           // the EnvoyFilter; keeps `spec` alive
  const PatchSpec* spec = nullptr;  // configPatches[index]
  int index = 0;
  PatchOperation operation{};
  Patched group{};
  std::shared_ptr<const google::protobuf::Message> value;  // of the generated type that applyTo says; null: REMOVE
  std::shared_ptr<const re2::RE2> version;                 // match.proxy.proxyVersion; null: any

  // match.proxy: the proxy's version and metadata; match.context: whether it is a sidecar or a router.
  bool means(const mesh::ProxyFacts& proxy) const;
  // match.context.
  bool means(PatchContext context) const;
  bool merges() const { return operation == PatchOperation::kMerge || replaces_lists(); }
  bool replaces_lists() const { return operation == PatchOperation::kMergeAndReplaceList; }
  bool removes() const { return operation == PatchOperation::kRemove; }
  bool adds() const { return operation == PatchOperation::kAdd; }
  // patch.value as the message that applyTo names; the caller includes its generated header.
  template <class T>
  const T& as() const {
    return static_cast<const T&>(*value);
  }
};
using PatchPtr = std::shared_ptr<const Patch>;
using Patches = std::vector<PatchPtr>;  // in the order in which they are carried out
// The patches that changed something; one may be there several times.
using Taken = std::vector<PatchPtr>;

// A patch that means a proxy, but whose value its Envoy would refuse.
struct LeftOut {
  PatchPtr patch;
  std::string lacks;  // the extensions that it has not
};

// All patches that mean a proxy, by what they change.
struct ProxyPatches {
  std::array<Patches, kPatchedGroups> groups;
  std::array<std::uint64_t, kPatchedGroups> digests{};  // 0: none
  std::vector<LeftOut> left_out;
};
using ProxyPatchesPtr = std::shared_ptr<const ProxyPatches>;

}  // namespace amime::translate
