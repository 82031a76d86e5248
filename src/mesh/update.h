// Update: makes a snapshot from its predecessor and a list of changes, deriving again only what the changes can reach, and
// notes which facts that touches.
//
// Order of work: objects and relations first (all of them), then services, endpoints, rules and headers, each derived once
// from the final relations; so the result cannot depend on the order of changes.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/data.h"

namespace amime::mesh {

class Update {
 public:
  // `next` is a copy of `before`; both outlive the Update.
  Update(const Snapshot& before, Snapshot& next) : before_(before), next_(next) {}
  void run(const std::vector<Change>& written);
  ChangeSet take_change_set();

 private:
  // objects.. relations (update.cc)
  void take_settings(const std::vector<Change>& changes);
  void take(const Change& change);
  void relate(const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after);
  void touch_policies(const ObjectKey& key);
  void relate_node(const ObjectKey& key);
  void relate_namespace(const ObjectKey& key, const ObjectPtr& before, const ObjectPtr& after);
  void relate_slice(const ObjectPtr& before, const ObjectPtr& after);
  void relate_pod(const ObjectKey& key, const ObjectPtr& after);
  void relate_entry(const ObjectKey& key, const ObjectPtr& after);
  void workload_changed(const WorkloadPtr& before, const WorkloadPtr& after);
  void rebuild();

  // .. derived values (update_derive.cc)
  void derive_services();
  void claim_addresses();
  ServiceSourcePtr source_of(const ObjectKey& key) const;
  void derive_service(const ObjectKey& key);
  void derive_endpoints_of(const std::string& name);
  void derive_rules();
  void services_of_host_changed(const std::string& host);
  void touch_workloads_of(const ServiceSourcePtr& source);

  void need_service_endpoints(std::string_view ns, std::string_view service);
  void need_source_endpoints(const ServiceSource& source);
  void touch(Fact fact, std::string key) { touched_.push_back({fact, std::move(key)}); }
  void touch_addresses(const std::vector<std::string>& addresses);

  const Snapshot& before_;
  Snapshot& next_;
  std::set<ObjectKey> services_;     // Services and ServiceEntries to derive again
  std::set<std::string> endpoints_;  // NAMESPACE/HOST to derive again
  Names groups_, roots_;             // of DestinationRules, of VirtualServices
  std::vector<FactKey> touched_;
  std::vector<ObjectKey> objects_;
};

}  // namespace amime::mesh
