// DestinationRule loadBalancer: consistent hashing, locality, warm-up.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "networking/v1alpha3/destination_rule.pb.h"
#include "source/checks.h"

// Fields that Istio deprecates are still fields that users write.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::source {
namespace {

using networking::LoadBalancerSettings;
using networking::LocalityLoadBalancerSetting;

constexpr std::uint64_t kMaglevLimit = 5000011;  // Envoy's

bool is_prime(std::uint64_t n) {
  if (n < 4) return n != 0;  // as Envoy counts: 1 passes
  if (n % 2 == 0) return false;
  for (std::uint64_t factor = 3; factor * factor <= n; factor += 2)
    if (n % factor == 0) return false;
  return true;
}

void check_cookie(const LoadBalancerSettings::ConsistentHashLB::HTTPCookie& cookie, const Path& at, Errors& errors) {
  if (cookie.name().empty()) errors.add(at / "name", "is required");
  std::set<std::string> names;
  for (int i = 0; i < cookie.attributes_size(); ++i) {
    const std::string& name = cookie.attributes(i).name();
    if (name.empty())
      errors.add(at / "attributes" / i / "name", "is required");
    else if (!names.insert(name).second)
      errors.add(at / "attributes" / i / "name", fmt::format("\"{}\" stands twice", name));
  }
}

void check_consistent_hash(const LoadBalancerSettings::ConsistentHashLB& hash, const Path& at, Errors& errors) {
  if (hash.has_http_cookie()) check_cookie(hash.http_cookie(), at / "httpCookie", errors);
  if (hash.minimum_ring_size() != 0) {
    errors.warn(at / "minimumRingSize", "is deprecated; use ringHash.minimumRingSize");
    if (hash.has_ring_hash() || hash.has_maglev()) errors.add(at / "minimumRingSize", "cannot stand together with ringHash or maglev");
  }
  if (!hash.has_maglev()) return;
  const std::uint64_t size = hash.maglev().table_size();
  if (size == 0 || size >= kMaglevLimit || !is_prime(size))
    errors.add(at / "maglev" / "tableSize", fmt::format("must be a prime number below {}", kMaglevLimit));
}

bool is_topology_label(std::string_view label) {
  return label == "topology.kubernetes.io/region" || label == "topology.kubernetes.io/zone" || label == "topology.istio.io/subzone";
}

template <class Failovers>
void check_failover(const Failovers& failovers, const Path& at, Errors& errors) {
  for (int i = 0; i < failovers.size(); ++i) {
    const std::string &from = failovers[i].from(), &to = failovers[i].to();
    if (from == to) errors.add(at / i, "from and to must be different regions");
    if ((from + to).find('/') != std::string::npos) errors.add(at / i, "names regions only, not zones");
    if ((from + to).find('*') != std::string::npos) errors.add(at / i, "wildcards are not supported");
  }
}

// "region", "region/zone", "region/zone/subzone", with "*" for the rest; none may be within another.
void check_localities(const StringList& localities, const Path& at, Errors& errors) {
  StringList prefixes;
  for (const std::string& locality : localities) {
    const auto star = locality.find('*');
    const bool parts =
        !locality.empty() && !locality.starts_with('/') && !locality.ends_with('/') && locality.find("//") == std::string::npos;
    if (!parts) errors.add(at, fmt::format("\"{}\" has an empty part", locality));
    if (star != std::string::npos && star + 1 != locality.size())
      errors.add(at, fmt::format("\"{}\": a wildcard stands at the end only", locality));
    std::string prefix = locality.substr(0, star);
    if (star == std::string::npos) prefix += '/';
    for (const std::string& other : prefixes)
      if (prefix.starts_with(other) || other.starts_with(prefix)) errors.add(at, fmt::format("\"{}\" overlaps with another one", locality));
    prefixes.push_back(std::move(prefix));
  }
}

void check_distribute(const LocalityLoadBalancerSetting& setting, const Path& at, Errors& errors) {
  StringList sources;
  for (int i = 0; i < setting.distribute_size(); ++i) {
    const auto& distribute = setting.distribute(i);
    sources.push_back(distribute.from());
    StringList targets;
    std::uint64_t total = 0;
    for (const auto& [locality, weight] : distribute.to()) {
      targets.push_back(locality);
      total += weight;
      if (weight < 1 || weight > 100) errors.add((at / i / "to").key(locality), fmt::format("{} is not between 1 and 100", weight));
    }
    if (total != 100) errors.add(at / i / "to", fmt::format("the weights add up to {}, not to 100", total));
    check_localities(targets, at / i / "to", errors);
  }
  check_localities(sources, at, errors);
}

void check_warmup(const networking::WarmupConfiguration& warmup, const Path& at, Errors& errors) {
  if (warmup.has_duration())
    check_duration(warmup.duration(), at / "duration", errors);
  else
    errors.add(at / "duration", "is required");
  if (const double percent = warmup.minimum_percent().value(); !(percent >= 0 && percent <= 100))
    errors.add(at / "minimumPercent", "must be between 0 and 100");
  if (warmup.has_aggression() && !(warmup.aggression().value() > 0)) errors.add(at / "aggression", "must be greater than 0");
}

void check_zone_aware(const networking::ZoneAwareLoadBalancerSetting& setting, const Path& at, Errors& errors) {
  for (int i = 0; i < setting.failover_priority_size(); ++i)
    if (is_topology_label(setting.failover_priority(i)))
      errors.add(at / "failoverPriority" / i, "region, zone and subzone are handled without being named");
  check_failover(setting.failover(), at / "failover", errors);
}

}  // namespace

void check_locality_setting(const LocalityLoadBalancerSetting& setting, bool has_outlier, const Path& at, Errors& errors) {
  if (!setting.distribute().empty() && !setting.failover().empty()) errors.add(at / "failover", "cannot stand together with distribute");
  if (!setting.failover().empty())
    for (int i = 0; i < setting.failover_priority_size(); ++i)
      if (is_topology_label(setting.failover_priority(i)))
        errors.add(at / "failoverPriority" / i, "a topology label cannot stand together with failover");
  check_distribute(setting, at / "distribute", errors);
  check_failover(setting.failover(), at / "failover", errors);
  if ((!setting.failover().empty() || !setting.failover_priority().empty()) && !has_outlier)
    errors.warn(at, "failover needs outlierDetection to notice that an endpoint fails");
}

void check_load_balancer(const LoadBalancerSettings& balancer, bool has_outlier, const Path& at, Errors& errors) {
  if (balancer.has_consistent_hash()) check_consistent_hash(balancer.consistent_hash(), at / "consistentHash", errors);
  if (balancer.has_locality_lb_setting() && balancer.has_zone_aware_lb_setting())
    errors.add(at / "zoneAwareLbSetting", "cannot stand together with localityLbSetting");
  if (balancer.has_locality_lb_setting())
    check_locality_setting(balancer.locality_lb_setting(), has_outlier, at / "localityLbSetting", errors);
  if (balancer.has_zone_aware_lb_setting()) check_zone_aware(balancer.zone_aware_lb_setting(), at / "zoneAwareLbSetting", errors);
  if (balancer.has_warmup()) check_warmup(balancer.warmup(), at / "warmup", errors);
  if (balancer.has_warmup_duration_secs()) check_duration(balancer.warmup_duration_secs(), at / "warmupDurationSecs", errors);
  if (balancer.has_warmup() && balancer.has_warmup_duration_secs())
    errors.add(at / "warmupDurationSecs", "cannot stand together with warmup");
}

}  // namespace amime::source
