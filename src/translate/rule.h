// Rule: a pure function from what it reads of a View to resources and to further rules' keys. The whole translation is a
// graph of rules, listed in rules.cc; the engine (engine.h) runs, caches and invalidates them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "translate/note.h"
#include "translate/resource.h"
#include "translate/view.h"

namespace amime::translate {

enum class RuleId : std::uint8_t {
  kOutbound,           // subject "": root of what every proxy of a namespace shares -> one key per service, table, listener
  kInbound,            // subject "": root of a sidecar's own side: virtualInbound and its clusters
  kGateway,            // subject "": root of a router's own side: listeners, tables, secrets
  kServiceClusters,    // subject HOST: which clusters a service has (ports x subsets) -> kCluster, kEndpoints
  kCluster,            // subject PORT|SUBSET|HOST: one outbound cluster
  kClusterEndpoints,   // subject PORT|SUBSET|HOST: its ClusterLoadAssignment
  kStaticClusters,     // subject "": PassthroughCluster, BlackHoleCluster, InboundPassthroughCluster
  kOutboundListeners,  // subject "": which outbound listeners there are -> kOutboundListener
  kOutboundListener,   // subject ADDRESS_PORT or so: one listener
  kRouteTable,         // subject EGRESS|TABLE: an outbound route table -> kVirtualHost, and the table itself
  kVirtualHost,        // subject EGRESS|TABLE|NAME: one virtual host
  kInboundListener,
  kInboundCluster,
  kGatewayListener,  // subject PORT or BIND_PORT
  kGatewayTable,     // subject TABLE
  kGatewaySecret,    // subject kubernetes://NAME
  kAddedHosts,       // subject EGRESS|TABLE: virtual hosts that an EnvoyFilter adds to a table
  kSniClusters,      // subject HOST: which clusters an east-west gateway has of a service -> kSniCluster, kSniEndpoints
  kSniCluster,       // subject PORT|SUBSET|HOST: one of them
  kSniEndpoints,     // subject PORT|SUBSET|HOST: its ClusterLoadAssignment
  kExtensions,       // subject "": what a proxy's filters ask for by name (ECDS) -> kWasmPlugin
  kWasmPlugin,       // subject NAMESPACE/NAME: one WasmPlugin's filter
  kNameTable,        // subject "": the names that a proxy's agent answers itself (NDS)
};

struct RuleKey {
  RuleId rule{};
  std::string subject;
  auto operator<=>(const RuleKey&) const = default;
  bool operator==(const RuleKey&) const = default;
};

struct Product {
  std::vector<RuleKey> children;
  std::vector<ResourcePtr> resources;
  std::vector<Note> notes;
  Taken patched;  // EnvoyFilters' patches that changed something of this
  // Notes what patches did to something made here; their objects go into `from`.
  void take(const Taken& taken, std::vector<mesh::ObjectKey>* from);
};

using RuleFn = void (*)(View& view, std::string_view subject, Product& product);

// The rules by id; defined in rules.cc, one line a rule.
RuleFn rule(RuleId id);

}  // namespace amime::translate
