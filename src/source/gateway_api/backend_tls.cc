#include "source/gateway_api/backend_tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "mesh/mesh.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "source/gateway_api/authorities.h"
#include "source/gateway_api/derived.h"
#include "source/gateway_api/spec.h"

namespace amime::source::gateway_api {
namespace {

namespace api = istio::networking::v1alpha3;
using mesh::Kind;
using mesh::ObjectPtr;

// A policy, and the port's name that it means; empty: all ports.
struct Aim {
  ObjectPtr policy;
  std::string section;
};
using Port = std::pair<std::string, std::uint32_t>;

// What a target can be; none: not that.
std::optional<Kind> kind_of(const Reference& to) {
  if (to.group.empty() && to.kind == "Service") return Kind::kService;
  if (to.group == "networking.istio.io" && to.kind == "ServiceEntry") return Kind::kServiceEntry;
  return std::nullopt;
}

std::vector<std::string> hosts_of(const mesh::Object& target) {
  if (target.key.kind == Kind::kService) return {mesh::resolve_host(target.key.name, target.key.ns)};
  const auto& hosts = target.spec<api::ServiceEntry>().hosts();
  return {hosts.begin(), hosts.end()};
}

std::vector<Port> ports_of(const mesh::Object& target) {
  std::vector<Port> out;
  if (target.key.kind == Kind::kService) {
    for (const auto& port : target.as<mesh::KubeService>().ports) out.emplace_back(port.name, port.port);
  } else {
    for (const auto& port : target.spec<api::ServiceEntry>().ports()) out.emplace_back(port.name(), port.number());
  }
  return out;
}

// What is aimed at the target, oldest first.
std::vector<Aim> aims_of(Reads& reads, const mesh::ObjectKey& target) {
  std::vector<Aim> out;
  for (const auto& policy : reads.of_namespace(Kind::kBackendTlsPolicy, target.ns))
    for (const auto& aim : spec_of<BackendTlsSpec>(*policy).targets)
      if (kind_of(aim.to) == target.kind && aim.to.name == target.name) out.push_back({policy, aim.section});
  std::stable_sort(out.begin(), out.end(), [](const Aim& a, const Aim& b) {
    return std::tie(a.policy->created, a.policy->key.name) < std::tie(b.policy->created, b.policy->key.name);
  });
  return out;
}

// Whom the target's certificate must be signed by; no credential: the system's authorities.
Authorities authorities_of(Reads& reads, const mesh::Object& policy) {
  const auto& refs = spec_of<BackendTlsSpec>(policy).authorities;
  if (refs.empty()) return {};
  if (refs.front().kind != "ConfigMap" || !refs.front().group.empty())
    return {"", "InvalidKind", fmt::format("caCertificateRef {} is a {}; only a ConfigMap can be", refs.front().name, refs.front().kind)};
  return resolve_authorities(reads, policy.key, refs.front());
}

void set_tls(Reads& reads, const mesh::Object& policy, api::ClientTLSSettings* out) {
  const auto& spec = spec_of<BackendTlsSpec>(policy);
  const auto authorities = authorities_of(reads, policy);
  out->set_mode(api::ClientTLSSettings::SIMPLE);
  out->set_sni(spec.hostname);
  if (authorities.reason)
    out->set_credential_name(kNoCredential);
  else if (authorities.credential.empty())
    out->set_ca_certificates("system");
  else
    out->set_credential_name(authorities.credential);
  for (const auto& name : spec.names) out->add_subject_alt_names(name);
  if (spec.names.empty()) out->add_subject_alt_names(spec.hostname);
}

void add_aim(Reads& reads, const Aim& aim, const std::vector<Port>& ports, api::TrafficPolicy* out) {
  if (aim.section.empty()) {
    if (!out->has_tls()) set_tls(reads, *aim.policy, out->mutable_tls());
    return;
  }
  for (const auto& [name, number] : ports) {
    const auto& settings = out->port_level_settings();
    const bool taken =
        std::any_of(settings.begin(), settings.end(), [number = number](const auto& one) { return one.port().number() == number; });
    if (name != aim.section || taken) continue;
    auto* one = out->add_port_level_settings();
    one->mutable_port()->set_number(number);
    set_tls(reads, *aim.policy, one->mutable_tls());
  }
}

void make_rules(Reads& reads, const mesh::Object& target, const std::vector<Aim>& aims, std::vector<ObjectPtr>& out) {
  api::TrafficPolicy policy;
  std::vector<ObjectPtr> from;
  const auto ports = ports_of(target);
  for (const auto& aim : aims) {
    add_aim(reads, aim, ports, &policy);
    if (std::find(from.begin(), from.end(), aim.policy) == from.end()) from.push_back(aim.policy);
  }
  const auto hosts = hosts_of(target);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    auto rule = std::make_shared<api::DestinationRule>();
    rule->set_host(hosts[i]);
    *rule->mutable_traffic_policy() = policy;
    const std::string which = target.key.kind == Kind::kService ? "" : fmt::format("entry~{}~", i);
    out.push_back(make_derived({Kind::kDestinationRule, target.key.ns, fmt::format("{}~{}{}", target.key.name, which, kGatewaySuffix)},
                               std::move(rule), from));
  }
}

// One policy, target by target.
class BackendTlsDeriver {
 public:
  BackendTlsDeriver(Reads& reads, const ObjectPtr& policy) : reads_(reads), policy_(policy), authorities_(authorities_of(reads, *policy)) {}

  BackendTlsResult run() {
    for (const auto& target : spec_of<BackendTlsSpec>(*policy_).targets) {
      PartStatus status{fmt::format("{} {}/{}", target.to.kind, policy_->key.ns, target.to.name), good(), 0};
      if (!target.section.empty()) status.part += " section " + target.section;
      aim(target, status.conditions);
      out_.status.parts.push_back(std::move(status));
    }
    return std::move(out_);
  }

 private:
  std::vector<Condition> good() const {
    std::vector<Condition> out{{"Accepted", true, "Accepted", "Configuration is valid"},
                               {"ResolvedRefs", true, "ResolvedRefs", "Configuration is valid"}};
    if (!authorities_.reason) return out;
    const bool kind = std::string_view(authorities_.reason) == "InvalidKind";
    fail(out, "ResolvedRefs", kind ? "InvalidKind" : "InvalidCACertificateRef", authorities_.message);
    fail(out, "Accepted", "NoValidCACertificate", authorities_.message + "; nothing is sent to the backends");
    return out;
  }

  void aim(const PolicyTarget& target, std::vector<Condition>& conditions) {
    const auto kind = kind_of(target.to);
    const auto object = kind ? reads_.find(*kind, policy_->key.ns, target.to.name) : nullptr;
    if (!object) {
      const char* what = kind ? "there is no" : "cannot be a target:";
      return fail(conditions, "Accepted", "TargetNotFound",
                  fmt::format("{} {} {}/{}", what, target.to.kind, policy_->key.ns, target.to.name));
    }
    const auto ports = ports_of(*object);
    if (!target.section.empty() && std::none_of(ports.begin(), ports.end(), [&](const Port& port) { return port.first == target.section; }))
      fail(conditions, "Accepted", "TargetNotFound", fmt::format("{} has no port {}", mesh::to_string(object->key), target.section));
    const auto aims = aims_of(reads_, object->key);
    const auto first = std::find_if(aims.begin(), aims.end(), [&](const Aim& aim) { return aim.section == target.section; });
    if (first->policy != policy_)
      fail(conditions, "Accepted", "Conflicted", fmt::format("{} is older and has the same target", mesh::to_string(first->policy->key)));
    if (aims.front().policy != policy_ || !made_.insert(object->key).second) return;  // another makes the rule, or it is made
    make_rules(reads_, *object, aims, out_.derived);
  }

  Reads& reads_;
  const ObjectPtr& policy_;
  const Authorities authorities_;
  std::set<mesh::ObjectKey> made_;
  BackendTlsResult out_;
};

}  // namespace

BackendTlsResult derive_backend_tls(Reads& reads, const ObjectPtr& policy) { return BackendTlsDeriver(reads, policy).run(); }

std::string unreachable_by_policy(Reads& reads, const mesh::Object& service, std::uint32_t port) {
  const auto aims = aims_of(reads, service.key);
  const auto ports = ports_of(service);
  const auto named = std::find_if(ports.begin(), ports.end(), [&](const Port& one) { return one.second == port; });
  auto aim = std::find_if(aims.begin(), aims.end(),
                          [&](const Aim& one) { return named != ports.end() && !one.section.empty() && one.section == named->first; });
  if (aim == aims.end()) aim = std::find_if(aims.begin(), aims.end(), [](const Aim& one) { return one.section.empty(); });
  if (aim == aims.end() || !authorities_of(reads, *aim->policy).reason) return "";
  return fmt::format("{} has no CA certificate that can be used", mesh::to_string(aim->policy->key));
}

}  // namespace amime::source::gateway_api
