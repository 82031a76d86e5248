#include "mesh/destination_index.h"

#include <algorithm>

#include "mesh/digest.h"
#include "mesh/host.h"
#include "mesh/mesh.h"
#include "mesh/workload_index.h"
#include "networking/v1alpha3/destination_rule.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::DestinationRule;

bool has(const Names& names, std::string_view name) { return std::binary_search(names.begin(), names.end(), name); }

// Rules with a workloadSelector stand before the others, and are never exported.
bool in_order(const ObjectPtr& a, const ObjectPtr& b) {
  bool selects_a = a->spec<DestinationRule>().has_workload_selector(), selects_b = b->spec<DestinationRule>().has_workload_selector();
  if (selects_a != selects_b) return selects_a;
  return older(*a, *b);
}

Names export_to(const DestinationRule& rule) {
  if (rule.has_workload_selector()) return {"."};
  Names out(rule.export_to().begin(), rule.export_to().end());
  sort_unique(out);
  return out;
}

std::optional<std::map<std::string, std::string>> selector_of(const DestinationRule& rule) {
  if (!rule.has_workload_selector()) return std::nullopt;
  const auto& labels = rule.workload_selector().match_labels();
  return std::map<std::string, std::string>(labels.begin(), labels.end());
}

std::uint64_t digest_policy(const DestinationPolicy& policy) {
  Digest d;
  d.add(policy.ns).add(digest_of(*policy.rule));
  for (const auto& key : policy.from) d.add(key.ns).add(key.name);
  return d.value();
}

// A rule on its own needs no copy of the object's spec.
JoinedRule alone(const ObjectPtr& object) {
  const auto& rule = object->spec<DestinationRule>();
  auto policy = std::make_shared<DestinationPolicy>();
  policy->rule = std::shared_ptr<const DestinationRule>(object, &rule);
  policy->from = {object->key};
  policy->ns = object->key.ns;
  policy->digest = digest_policy(*policy);
  return {std::move(policy), export_to(rule), selector_of(rule)};
}

// Subsets of new names are added, a traffic policy only where there was none.
void join(JoinedRule& into, const ObjectPtr& object) {
  const auto& rule = object->spec<DestinationRule>();
  auto merged = std::make_shared<DestinationRule>(*into.policy->rule);
  for (const auto& subset : rule.subsets()) {
    const auto& known = merged->subsets();
    if (std::none_of(known.begin(), known.end(), [&](const auto& s) { return s.name() == subset.name(); })) *merged->add_subsets() = subset;
  }
  if (!merged->has_traffic_policy() && rule.has_traffic_policy()) *merged->mutable_traffic_policy() = rule.traffic_policy();
  auto policy = std::make_shared<DestinationPolicy>(*into.policy);
  policy->rule = std::move(merged);
  policy->from.push_back(object->key);
  policy->digest = digest_policy(*policy);
  into.policy = std::move(policy);
}

// Whether a later rule's exportTo lets it join an earlier one: everyone who follows the earlier one may follow it too.
bool exports_alike(const Names& earlier, const Names& later) {
  if (earlier == later) return true;
  return !earlier.empty() && std::includes(later.begin(), later.end(), earlier.begin(), earlier.end());
}

// Istio joins the rule with every entry it fits, and lets the last entry it met decide whether it stands alone as well.
void add_rule(JoinedRules& pool, const ObjectPtr& object) {
  JoinedRule rule = alone(object);
  bool separate = true;
  for (auto& entry : pool) {
    bool equal = rule.export_to == entry.export_to;
    separate = !equal;
    if (!exports_alike(entry.export_to, rule.export_to)) continue;
    if (entry.selector && rule.selector && entry.selector != rule.selector) {
      separate = true;
      continue;
    }
    if (entry.selector.has_value() == rule.selector.has_value()) separate = false;
    join(entry, object);
  }
  if (separate) pool.push_back(std::move(rule));
}

void add_to_group(DestinationGroup& group, const ObjectPtr& object, bool private_by_default) {
  const Names exports = export_to(object->spec<DestinationRule>());
  const std::string& ns = object->key.ns;
  if (exports.empty() || has(exports, "*") || has(exports, ".") || has(exports, ns)) add_rule(group.local, object);
  bool only_here = exports.size() == 1 && (exports[0] == "." || exports[0] == ns);
  if (only_here || (exports.empty() && private_by_default)) {
    add_rule(group.private_only, object);
  } else {
    add_rule(group.exported, object);
  }
}

// Everybody follows the same rules: all are exported to all, and none chooses among the workloads.
bool is_open(const DestinationGroup& group) {
  return group.private_only.empty() && group.local.size() == group.exported.size() &&
         std::all_of(group.local.begin(), group.local.end(),
                     [](const JoinedRule& rule) { return !rule.selector && (rule.export_to.empty() || has(rule.export_to, "*")); });
}

std::uint64_t digest_group(const DestinationGroup& group) {
  Digest d;
  for (const JoinedRules* pool : {&group.local, &group.exported, &group.private_only}) {
    d.add(pool->size());
    for (const auto& rule : *pool) {
      d.add(rule.policy->digest).add(rule.export_to).add(rule.selector.has_value());
      if (rule.selector) d.add(*rule.selector);
    }
  }
  return d.value();
}

// Among the rules of one host the one whose selector matches a client of their own namespace; else the last without.
DestinationPolicyPtr choose(const std::vector<const JoinedRule*>& rules, std::string_view client_ns, const Labels* labels) {
  DestinationPolicyPtr out;
  for (const JoinedRule* rule : rules) {
    if (!rule->selector) {
      out = rule->policy;
    } else if (labels && rule->policy->ns == client_ns && selects(*rule->selector, *labels)) {
      return rule->policy;
    }
  }
  return out;
}

std::vector<const JoinedRule*> all_of(const JoinedRules& rules) {
  std::vector<const JoinedRule*> out;
  for (const auto& rule : rules) out.push_back(&rule);
  return out;
}

std::vector<const JoinedRule*> exported_to(const JoinedRules* rules, std::string_view client_ns) {
  std::vector<const JoinedRule*> out;
  if (!rules) return out;
  for (const auto& rule : *rules)
    if (rule.export_to.empty() || has(rule.export_to, "*") || has(rule.export_to, client_ns)) out.push_back(&rule);
  return out;
}

}  // namespace

std::string destination_host(const Object& rule) { return resolve_host(rule.spec<DestinationRule>().host(), rule.key.ns); }

const JoinedRules* DestinationIndex::most_specific(std::string_view ns, std::string_view host, Pool pool) const {
  auto rules_of = [&](std::string_view own_host) -> const JoinedRules* {
    const auto* group = groups_.find(join_name(ns, own_host));
    return group && !((**group).*pool).empty() ? &((**group).*pool) : nullptr;
  };
  if (const JoinedRules* exact = rules_of(host)) return exact;
  std::string_view needle = is_wildcard(host) ? host.substr(1) : host;
  const JoinedRules* best = nullptr;
  std::size_t longest = 0;
  for (const auto& wildcard : wildcards_.find(ns)) {
    if (wildcard.size() < longest + 1 || !needle.ends_with(std::string_view(wildcard).substr(1))) continue;
    if (const JoinedRules* rules = rules_of(wildcard)) {
      best = rules;
      longest = wildcard.size();
    }
  }
  return best;
}

const JoinedRules* DestinationIndex::rules_of_client(std::string_view host, std::string_view client_ns, std::string_view root_ns) const {
  // Rules of the root namespace are meant for the whole mesh, so they must not stand before those of a service's own
  // namespace only because the client (a gateway, usually) lives there too.
  Pool own = client_ns == root_ns ? &DestinationGroup::private_only : &DestinationGroup::local;
  return most_specific(client_ns, host, own);
}

std::uint64_t DestinationIndex::selecting(std::string_view host, std::string_view client_ns, std::string_view root_ns) const {
  const JoinedRules* rules = rules_of_client(host, client_ns, root_ns);
  Digest d;
  bool any = false;
  for (const auto& rule : rules ? *rules : JoinedRules{}) {
    if (!rule.selector) continue;
    d.add(rule.policy->digest).add(*rule.selector);
    any = true;
  }
  return any ? d.value() : 0;
}

bool DestinationIndex::same_for_all(std::string_view host, std::string_view service_ns, std::string_view root_ns) const {
  if (!open_where(host, service_ns, root_ns)) return false;
  const std::string_view needle = is_wildcard(host) ? host.substr(1) : host;
  for (const auto& wildcard : all_wildcards_.find(""))
    if (needle.ends_with(std::string_view(wildcard).substr(1)) && !open_where(wildcard, service_ns, root_ns)) return false;
  return true;
}

// Of the rules for exactly this host.
bool DestinationIndex::open_where(std::string_view host, std::string_view service_ns, std::string_view root_ns) const {
  for (const auto& ns : namespaces_.find(host)) {
    if (ns != service_ns && ns != root_ns) return false;
    if (!(*groups_.find(join_name(ns, host)))->open) return false;
  }
  return true;
}

DestinationPolicyPtr DestinationIndex::find(std::string_view host, std::string_view service_ns, std::string_view client_ns,
                                            std::string_view root_ns, const Labels* labels) const {
  if (const JoinedRules* rules = rules_of_client(host, client_ns, root_ns)) return choose(all_of(*rules), client_ns, labels);
  for (std::string_view ns : {service_ns, root_ns}) {
    if (ns.empty()) continue;
    auto rules = exported_to(most_specific(ns, host, &DestinationGroup::exported), client_ns);
    if (!rules.empty()) return choose(rules, client_ns, labels);
  }
  return nullptr;
}

void DestinationIndex::relate(const ObjectPtr& before, const ObjectPtr& after, Names* groups) {
  const ObjectKey& key = (before ? before : after)->key;
  Names old, now;
  if (before) old = {join_name(key.ns, destination_host(*before))};
  if (after) now = {join_name(key.ns, destination_host(*after))};
  objects_.move(old, now, key.name);
  groups->insert(groups->end(), old.begin(), old.end());
  groups->insert(groups->end(), now.begin(), now.end());
}

bool DestinationIndex::derive(const Objects& objects, const Settings& settings, std::string_view group_name) {
  auto [ns, host] = split_name(group_name);
  std::vector<ObjectPtr> rules;
  for (const auto& name : objects_.find(group_name)) rules.push_back(objects.find(Kind::kDestinationRule, ns, name));
  if (rules.empty()) {
    forget(ns, host);
    return groups_.erase(group_name);
  }
  std::sort(rules.begin(), rules.end(), in_order);
  auto group = std::make_shared<DestinationGroup>();
  for (const auto& rule : rules) add_to_group(*group, rule, settings.destination_rules_private);
  group->open = is_open(*group);
  group->digest = digest_group(*group);
  const auto* before = groups_.find(group_name);
  if (before && (*before)->digest == group->digest) return false;
  groups_.set(group_name, std::move(group));
  index(ns, host);
  return true;
}

void DestinationIndex::index(std::string_view ns, std::string_view host) {
  namespaces_.add(host, ns);
  if (!is_wildcard(host)) return;
  wildcards_.add(ns, host);
  all_wildcards_.add("", host);
}

void DestinationIndex::forget(std::string_view ns, std::string_view host) {
  namespaces_.remove(host, ns);
  if (!is_wildcard(host)) return;
  wildcards_.remove(ns, host);
  if (namespaces_.find(host).empty()) all_wildcards_.remove("", host);
}

}  // namespace amime::mesh
