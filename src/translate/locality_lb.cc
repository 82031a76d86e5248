#include "translate/locality_lb.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "translate/topology.h"

namespace amime::translate {
namespace {

bool part_matches(std::string_view rule, std::string_view actual, bool empty_is_any) {
  return rule == "*" || (empty_is_any && rule.empty()) || rule == actual;
}

// "region/zone/subzone" with "*" or omitted parts, against a place.
bool locality_matches(const mesh::Locality& place, std::string_view rule) {
  const mesh::Locality wanted = mesh::parse_locality(rule);
  return part_matches(wanted.region, place.region, false) && part_matches(wanted.zone, place.zone, true) &&
         part_matches(wanted.subzone, place.subzone, true);
}

// Envoy wants priorities without gaps: the present ones become 0, 1, 2, ...
void compact_priorities(std::vector<EndpointGroup>& groups) {
  std::set<std::uint32_t> present;
  for (const auto& group : groups) present.insert(group.priority);
  for (auto& group : groups) group.priority = static_cast<std::uint32_t>(std::distance(present.begin(), present.find(group.priority)));
}

// localityLbSetting.distribute: the first rule whose `from` is the client's place decides all weights; places that it
// does not name get nothing.
void distribute(const mesh::Locality& client, const LocalityLb& lb, std::vector<EndpointGroup>& groups) {
  const auto rule = std::find_if(lb.distribute.begin(), lb.distribute.end(),
                                 [&](const auto& candidate) { return locality_matches(client, candidate.from); });
  if (rule == lb.distribute.end()) return;
  std::vector<bool> named(groups.size(), false);
  for (const auto& [place, share] : rule->to) {
    std::vector<std::size_t> matched;
    double total = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (named[i] || !locality_matches(groups[i].locality, place)) continue;
      named[i] = true;
      matched.push_back(i);
      total += groups[i].weight;
    }
    // Several places behind one wildcard divide its share by their own weights.
    for (const std::size_t i : matched) {
      const double weight = std::ceil(static_cast<double>(groups[i].weight) * share / total);
      if (weight > 0) groups[i].weight = static_cast<std::uint32_t>(weight);
    }
  }
  std::vector<EndpointGroup> kept;
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (named[i]) kept.push_back(std::move(groups[i]));
  groups = std::move(kept);
}

std::uint32_t distance(const mesh::Locality& client, const mesh::Locality& place) {
  if (client.region != place.region) return 3;
  if (client.zone != place.zone) return 2;
  return client.subzone != place.subzone ? 1 : 0;
}

// localityLbSetting.failover: nearer places first; a region that the client's region does not fail over to comes last.
// A priority that failoverPriority gave before stays the more significant digit.
void fail_over_by_place(const mesh::Locality& client, const LocalityLb& lb, std::vector<EndpointGroup>& groups) {
  const auto rule = std::find_if(lb.failover.begin(), lb.failover.end(), [&](const auto& entry) { return entry.first == client.region; });
  for (auto& group : groups) {
    std::uint32_t rank = distance(client, group.locality);
    if (rank == 3 && rule != lb.failover.end() && group.locality.region != rule->second) rank = 4;
    group.priority = group.priority * 5 + rank;
  }
  compact_priorities(groups);
}

// zoneAwareLbSetting: own region, then the region it fails over to, then the rest; Envoy balances the zones itself.
void fail_over_by_region(const mesh::Locality& client, const LocalityLb& lb, std::vector<EndpointGroup>& groups) {
  const auto rule = std::find_if(lb.failover.begin(), lb.failover.end(), [&](const auto& entry) { return entry.first == client.region; });
  for (auto& group : groups) {
    std::uint32_t rank = group.locality.region == client.region ? 0 : 2;
    if (rank == 2 && rule != lb.failover.end() && group.locality.region == rule->second) rank = 1;
    group.priority = group.priority * 3 + rank;
  }
  compact_priorities(groups);
}

struct PriorityLabel {
  std::string name;
  std::string client;  // the value that counts as near
};

std::vector<PriorityLabel> priority_labels(View& view, const LocalityLb& lb) {
  std::vector<PriorityLabel> labels;
  for (const auto& text : lb.failover_priority) {
    const auto equals = text.find('=');
    const bool given = equals != std::string::npos && text.find('=', equals + 1) == std::string::npos;
    std::string name = text.substr(0, equals);
    std::string value = given ? text.substr(equals + 1) : proxy_label_value(view, name);
    labels.push_back({std::move(name), std::move(value)});
  }
  return labels;
}

// How far from the client by labels: 0 if all agree, else the more the earlier the first difference is. A different
// network alone counts as farther than any difference within the network.
std::uint32_t label_rank(const mesh::Endpoint& endpoint, const std::vector<PriorityLabel>& labels) {
  const auto count = static_cast<std::uint32_t>(labels.size());
  std::uint32_t other_network = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (label_value(endpoint, labels[i].name) == labels[i].client) continue;
    if (i == 0 && labels[0].name == kNetworkLabel) {
      other_network = count;
      continue;
    }
    return count - i + other_network;
  }
  return other_network;
}

// localityLbSetting.failoverPriority: a group is split by how far its members are.
void fail_over_by_labels(View& view, const LocalityLb& lb, std::vector<EndpointGroup>& groups) {
  const auto labels = priority_labels(view, lb);
  std::vector<EndpointGroup> split;
  for (const auto& group : groups) {
    std::map<std::uint32_t, EndpointGroup> by_rank;
    for (const auto* member : group.members) by_rank[label_rank(*member, labels)].members.push_back(member);
    for (auto& [rank, part] : by_rank) {
      part.locality = group.locality;
      part.priority = rank;
      sum_weight(part);
      split.push_back(std::move(part));
    }
  }
  groups = std::move(split);
  compact_priorities(groups);
}

}  // namespace

bool weighs_localities(const LocalityLb& lb, bool outlier_detection) {
  if (lb.kind != LocalityLb::Kind::kLocality) return false;
  if (!lb.distribute.empty()) return true;
  return (outlier_detection || lb.force) && (!lb.failover.empty() || !lb.failover_priority.empty());
}

std::uint32_t weight_of(const mesh::Endpoint& endpoint) { return endpoint.weight > 0 ? endpoint.weight : 1; }

void sum_weight(EndpointGroup& group) {
  std::uint64_t sum = 0;
  for (const auto* member : group.members) sum += weight_of(*member);
  group.weight = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

void apply_locality_lb(View& view, const LocalityLb& lb, bool outlier_detection, std::vector<EndpointGroup>& groups) {
  if (lb.kind == LocalityLb::Kind::kNone || groups.empty()) return;
  if (lb.kind == LocalityLb::Kind::kZoneAware) {
    if (!lb.routing_enabled) return;
    if (!lb.failover_priority.empty()) fail_over_by_labels(view, lb, groups);
    if (groups.size() > 1) fail_over_by_region(view.proxy_locality(), lb, groups);
    return;
  }
  if (!lb.distribute.empty()) return distribute(view.proxy_locality(), lb, groups);
  // Without a way to tell that endpoints are ill, Envoy would never leave the first priority.
  if (!outlier_detection && !lb.force) return;
  if (!lb.failover_priority.empty()) fail_over_by_labels(view, lb, groups);
  const bool by_place = lb.failover_priority.empty() || !lb.failover.empty();
  if (by_place && groups.size() > 1) fail_over_by_place(view.proxy_locality(), lb, groups);
}

}  // namespace amime::translate
