// The two ways in which an outbound route table travels, both made from the same bytes: the table that rule route_table
// emits (all of the RouteConfiguration but its virtual hosts) and the virtual hosts that rule virtual_host emits.
// Concatenating encoded messages merges them (protobuf's encoding), so nothing is decoded or encoded again.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "translate/resource.h"

namespace amime::translate {

// The table with VHDS: Envoy receives its virtual hosts as resources of their own.
ResourcePtr table_with_vhds(const Resource& table);
// The whole table, virtual hosts in the given order.
ResourcePtr table_with_hosts(const Resource& table, const std::vector<ResourcePtr>& hosts);

// Makes both forms, each once however many layers ask. Owned by the Engine, used on its thread only.
class RouteForms {
 public:
  ResourcePtr vhds(const ResourcePtr& table);
  ResourcePtr whole(const ResourcePtr& table, const std::vector<ResourcePtr>& hosts);

 private:
  template <class Make>
  ResourcePtr remember(std::uint64_t digest, Make make);
  std::unordered_map<std::uint64_t, std::weak_ptr<const Resource>> made_;
  std::size_t purge_at_ = 64;
};

}  // namespace amime::translate
