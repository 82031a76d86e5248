// ExtensionLists: what proxies say that their Envoys were built with, each list kept once.
//
// Every Envoy's first request lists its extensions: some 500, 60 KB, in an order of its own. Those of one build are all
// equal, so a list is first looked up by a sum of its entries' hashes, and decoded only if it is new. The hashes have a random
// seed per process: a client cannot construct another client's list. One mutex, any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>

#include "mesh/extensions.h"

namespace amime::delivery {

class ExtensionLists {
 public:
  ExtensionLists();
  // `entries`: encoded envoy.config.core.v3.Extension. Null, which means everything: there are none, they do not say which
  // configurations they take (Envoys did not always), or they are more than any Envoy has.
  mesh::ExtensionsPtr find(std::span<const std::string_view> entries);
  std::size_t size();  // lists alive

 private:
  const std::uint64_t seed_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const mesh::Extensions>> lists_;
};

}  // namespace amime::delivery
