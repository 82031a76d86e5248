// ServiceIndex: the services of a snapshot: by host, by the object they came from, by what they select, and in order.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/auto_address.h"
#include "mesh/collections.h"
#include "mesh/model.h"

namespace amime::mesh {

// What one Service or ServiceEntry object became.
struct ServiceSource {
  ObjectPtr object;
  std::vector<ServicePtr> services;  // one; or one a host
  bool selecting = false;            // has a selector
  std::map<std::string, std::string> selector;
  Names endpoint_addresses;  // that a ServiceEntry writes down; sorted
  std::string selector_key;  // where ServiceIndex has put it
};
using ServiceSourcePtr = std::shared_ptr<const ServiceSource>;
using ServiceList = std::vector<ServicePtr>;

class ServiceIndex {
 public:
  // `kind`: kService or kServiceEntry.
  ServiceSourcePtr source(Kind kind, std::string_view ns, std::string_view name) const;
  ServiceSourcePtr source(const ObjectKey& key) const { return source(key.kind, key.ns, key.name); }
  const ServiceList* of_host(std::string_view host) const;  // Istio's order; null: none
  const ServiceList& ordered() const { return *ordered_; }  // all, Istio's order
  std::uint64_t headers_digest() const { return headers_; }
  // Those of namespace `ns` whose selector matches: Services, then ServiceEntries, each by name.
  std::vector<ServiceSourcePtr> selecting(std::string_view ns, const Labels& labels) const;
  // The ServiceEntries, as NAMESPACE/NAME, that write the address down as an endpoint's.
  const Names& entries_at_address(std::string_view address) const { return by_address_.find(address); }
  // All sources of one kind in one namespace, in no particular order.
  template <class F>
  void for_each_in(Kind kind, std::string_view ns, F&& f) const {
    (kind == Kind::kService ? kube_ : entries_).for_each_in(ns, [&](const std::string&, const ServiceSourcePtr& s) { f(s); });
  }

  // Replaces (null: removes) what an object became; the hosts whose services differ are appended to *hosts. Afterwards,
  // once for all replacements, settle() puts the ordered list right.
  void set(const ObjectKey& key, ServiceSourcePtr next, Names* hosts);
  void settle();

  AutoAddresses auto_addresses;

 private:
  void choose_selector_key(ServiceSource& source, const ServiceSourcePtr& before) const;
  void replace_in_host(const ServicePtr& before, const ServicePtr& after);

  ByNamespace<ServiceSourcePtr> kube_, entries_;
  PersistentMap<std::shared_ptr<const ServiceList>> by_host_;
  MultiMap by_address_;
  MultiMap selectors_;  // NAMESPACE, newline, KEY=VALUE of one of the selector's pairs -> S/NAME or E/NAME
  SortedList<ServicePtr> ordered_;
  std::uint64_t headers_ = 0;
};

}  // namespace amime::mesh
