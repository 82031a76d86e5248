// DestinationIndex: DestinationRules by namespace and host, joined as Istio joins them, and which one a client follows.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/collections.h"
#include "mesh/mesh_config.h"
#include "mesh/objects.h"

namespace amime::mesh {

// The host that a DestinationRule is about, in full.
std::string destination_host(const Object& rule);

// One joined rule, with what decides who follows it.
struct JoinedRule {
  DestinationPolicyPtr policy;
  Names export_to;                                             // as written; empty: the mesh's default
  std::optional<std::map<std::string, std::string>> selector;  // workloadSelector.matchLabels
};
using JoinedRules = std::vector<JoinedRule>;

// All rules of one namespace for one host.
struct DestinationGroup {
  JoinedRules local;         // for clients of the namespace itself
  JoinedRules exported;      // for clients of others
  JoinedRules private_only;  // exported to no other namespace
  bool open = false;         // clients of every namespace follow the same
  std::uint64_t digest = 0;
};

class DestinationIndex {
 public:
  // Istio's order of search: the client's namespace (unless it is the root namespace: there only what is private to it),
  // the service's namespace, the root namespace; in each the most specific host decides, whether or not its rule is
  // exported to the client. `labels` of the client choose among rules with a workloadSelector; null: none of those apply.
  DestinationPolicyPtr find(std::string_view host, std::string_view service_ns, std::string_view client_ns, std::string_view root_ns,
                            const Labels* labels) const;
  // Whether find() gives the same to every client.
  bool same_for_all(std::string_view host, std::string_view service_ns, std::string_view root_ns) const;
  // What the client namespace's rules with a workloadSelector say to `host`, whomever they choose; 0: there are none.
  std::uint64_t selecting(std::string_view host, std::string_view client_ns, std::string_view root_ns) const;
  // Replaces a rule (null: not there); the groups (NAMESPACE/HOST) to derive again are appended to *groups.
  void relate(const ObjectPtr& before, const ObjectPtr& after, Names* groups);
  // Whether the group's rules differ from before.
  bool derive(const Objects& objects, const Settings& settings, std::string_view group);

 private:
  using Pool = JoinedRules DestinationGroup::*;
  bool open_where(std::string_view host, std::string_view service_ns, std::string_view root_ns) const;
  void index(std::string_view ns, std::string_view host);
  void forget(std::string_view ns, std::string_view host);
  const JoinedRules* rules_of_client(std::string_view host, std::string_view client_ns, std::string_view root_ns) const;
  const JoinedRules* most_specific(std::string_view ns, std::string_view host, Pool pool) const;

  MultiMap objects_;                                               // NAMESPACE/HOST -> names of the objects
  MultiMap namespaces_;                                            // HOST -> namespaces with a group for it
  MultiMap wildcards_;                                             // NAMESPACE -> wildcard hosts
  MultiMap all_wildcards_;                                         // "" -> wildcard hosts, of all namespaces
  PersistentMap<std::shared_ptr<const DestinationGroup>> groups_;  // NAMESPACE/HOST
};

}  // namespace amime::mesh
