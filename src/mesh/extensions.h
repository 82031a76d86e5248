// Extensions: what the Envoy of a proxy was built with, as its Node lists it. Immutable; shared by all proxies of one build.
//
// Kept as hashes: one list is some 500 names, and all that is ever asked is whether a name is among them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace amime::mesh {

class Extensions {
 public:
  // Full names of configurations ("envoy.extensions.filters.http.lua.v3.Lua"), and names of extensions that have none
  // ("envoy.wasm.runtime.v8"). In any order, also repeated.
  explicit Extensions(std::span<const std::string_view> names);

  bool has(std::string_view name) const;
  // Equal for equal lists; never 0.
  std::uint64_t digest() const { return digest_; }

 private:
  std::vector<std::uint64_t> hashes_;  // sorted, each once
  std::uint64_t digest_ = 0;
};
// Null: not known, so everything.
using ExtensionsPtr = std::shared_ptr<const Extensions>;

inline bool can_load(const ExtensionsPtr& extensions, std::string_view name) { return !extensions || extensions->has(name); }

}  // namespace amime::mesh
