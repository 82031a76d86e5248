#include "source/gateway_api/backend_tls.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "mesh/mesh.h"
#include "networking/v1alpha3/destination_rule.pb.h"
#include "source/gateway_api/derived.h"
#include "source/gateway_api/spec.h"

namespace amime::source::gateway_api {
namespace {

namespace api = istio::networking::v1alpha3;
using mesh::Kind;
using mesh::ObjectPtr;

struct Aim {
  ObjectPtr policy;
  std::string section;
};

bool aims_at(const PolicyTarget& target, const std::string& service) {
  return target.to.group.empty() && target.to.kind == "Service" && target.to.name == service;
}

// What is aimed at the Service, oldest first.
std::vector<Aim> aims_of(Reads& reads, const std::string& ns, const std::string& service) {
  std::vector<Aim> out;
  for (const auto& policy : reads.of_namespace(Kind::kBackendTlsPolicy, ns))
    for (const auto& target : spec_of<BackendTlsSpec>(*policy).targets)
      if (aims_at(target, service)) out.push_back({policy, target.section});
  std::stable_sort(out.begin(), out.end(), [](const Aim& a, const Aim& b) {
    return std::tie(a.policy->created, a.policy->key.name) < std::tie(b.policy->created, b.policy->key.name);
  });
  return out;
}

void set_tls(const BackendTlsSpec& spec, api::ClientTLSSettings* out) {
  out->set_mode(api::ClientTLSSettings::SIMPLE);
  out->set_sni(spec.hostname);
  out->set_ca_certificates("system");
  for (const auto& name : spec.names) out->add_subject_alt_names(name);
  if (spec.names.empty()) out->add_subject_alt_names(spec.hostname);
}

ObjectPtr make_rule(const ObjectPtr& service, const std::vector<Aim>& aims) {
  auto rule = std::make_shared<api::DestinationRule>();
  rule->set_host(mesh::resolve_host(service->key.name, service->key.ns));
  auto* policy = rule->mutable_traffic_policy();
  std::vector<ObjectPtr> from;
  for (const auto& aim : aims) {
    const auto& spec = spec_of<BackendTlsSpec>(*aim.policy);
    if (!spec.system) continue;
    from.push_back(aim.policy);
    if (aim.section.empty()) {
      if (!policy->has_tls()) set_tls(spec, policy->mutable_tls());
      continue;
    }
    for (const auto& port : service->as<mesh::KubeService>().ports) {
      const auto& settings = policy->port_level_settings();
      const bool taken = std::any_of(settings.begin(), settings.end(), [&](const auto& one) { return one.port().number() == port.port; });
      if (port.name != aim.section || taken) continue;
      auto* one = policy->add_port_level_settings();
      one->mutable_port()->set_number(port.port);
      set_tls(spec, one->mutable_tls());
    }
  }
  if (from.empty()) return nullptr;
  return make_derived({Kind::kDestinationRule, service->key.ns, fmt::format("{}~{}", service->key.name, kGatewaySuffix)}, std::move(rule),
                      from);
}

}  // namespace

BackendTlsResult derive_backend_tls(Reads& reads, const ObjectPtr& policy) {
  BackendTlsResult out;
  auto& conditions = out.status.conditions;
  conditions = {{"Accepted", true, "Accepted", "Configuration is valid"}, {"ResolvedRefs", true, "ResolvedRefs", "Configuration is valid"}};
  const auto& spec = spec_of<BackendTlsSpec>(*policy);
  if (!spec.system) {
    fail(conditions, "Accepted", "NoValidCACertificate",
         "only wellKnownCACertificates: System is honoured; routes to the backends answer 500");
    fail(conditions, "ResolvedRefs", "InvalidCACertificateRef", "caCertificateRefs are not honoured");
  }
  for (const auto& target : spec.targets) {
    const auto service = reads.find(Kind::kService, policy->key.ns, target.to.name);
    if (!aims_at(target, target.to.name) || !service) {
      fail(conditions, "Accepted", "TargetNotFound", fmt::format("there is no Service {}/{}", policy->key.ns, target.to.name));
      continue;
    }
    const auto aims = aims_of(reads, policy->key.ns, target.to.name);
    const auto first = std::find_if(aims.begin(), aims.end(), [&](const Aim& aim) { return aim.section == target.section; });
    if (first->policy != policy)
      fail(conditions, "Accepted", "Conflicted", fmt::format("{} is older and has the same target", mesh::to_string(first->policy->key)));
    if (aims.front().policy != policy) continue;  // that one makes the rule
    if (auto rule = make_rule(service, aims)) out.derived.push_back(std::move(rule));
  }
  return out;
}

std::string unreachable_by_policy(Reads& reads, const std::string& ns, const std::string& service) {
  for (const auto& aim : aims_of(reads, ns, service))
    if (!spec_of<BackendTlsSpec>(*aim.policy).system)
      return fmt::format("{} has no CA certificate that is honoured", mesh::to_string(aim.policy->key));
  return "";
}

}  // namespace amime::source::gateway_api
