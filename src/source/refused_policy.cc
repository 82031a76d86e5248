#include "source/refused_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "extensions/v1alpha1/wasm.pb.h"
#include "mesh/key_set_uri.h"
#include "security/v1beta1/authorization_policy.pb.h"
#include "security/v1beta1/peer_authentication.pb.h"
#include "security/v1beta1/request_authentication.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

namespace extensions = istio::extensions::v1alpha1;
namespace security = istio::security::v1beta1;
using extensions::WasmPlugin;
using Problems = std::vector<Problem>;
using StandIn = std::shared_ptr<google::protobuf::Message>;

// Whether some problem is at the field or below it.
bool is_bad(const Problems& problems, std::string_view field) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    if (problem.severity != Severity::kError || !problem.field.starts_with(field)) return false;
    const auto rest = std::string_view(problem.field).substr(field.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '[';
  });
}

template <class Spec>
void keep_selector(const Spec& written, const Problems& problems, Spec* kept) {
  if (written.has_selector() && !is_bad(problems, "spec.selector")) *kept->mutable_selector() = written.selector();
}

template <class Spec>
void keep_attachment(const Spec& written, const Problems& problems, Spec* kept) {
  keep_selector(written, problems, kept);
  if (written.has_targetref() && !is_bad(problems, "spec.targetRef")) *kept->mutable_targetref() = written.targetref();
  if (!is_bad(problems, "spec.targetRefs")) *kept->mutable_targetrefs() = written.targetrefs();
}

StandIn refused(const WasmPlugin& written, const Problems& problems) {
  const bool unknown = is_bad(problems, "spec.phase");
  if (!unknown && written.phase() != extensions::AUTHN && written.phase() != extensions::AUTHZ) return nullptr;
  auto kept = std::make_shared<WasmPlugin>();
  kept->set_phase(unknown ? extensions::AUTHZ : written.phase());
  kept->set_type(written.type());
  if (written.has_priority()) *kept->mutable_priority() = written.priority();
  if (!is_bad(problems, "spec.match")) *kept->mutable_match() = written.match();
  keep_attachment(written, problems, kept.get());
  return kept;
}

StandIn refused(const security::AuthorizationPolicy& written, const Problems& problems) {
  using security::AuthorizationPolicy;
  const bool unknown = is_bad(problems, "spec.action");
  if (!unknown && written.action() == AuthorizationPolicy::AUDIT) return nullptr;
  auto kept = std::make_shared<AuthorizationPolicy>();
  keep_attachment(written, problems, kept.get());
  if (!unknown && written.action() == AuthorizationPolicy::ALLOW) return kept;  // no rule: nothing is allowed
  kept->set_action(AuthorizationPolicy::DENY);
  kept->add_rules();  // an empty one: everything
  return kept;
}

StandIn refused(const security::PeerAuthentication& written, const Problems& problems) {
  auto kept = std::make_shared<security::PeerAuthentication>();
  kept->mutable_mtls()->set_mode(security::PeerAuthentication::MutualTLS::STRICT);
  keep_selector(written, problems, kept.get());
  return kept;
}

// Where tokens are looked for is kept as far as it can be read.
security::JWTRule refused_rule(const security::JWTRule& written) {
  security::JWTRule out;
  out.set_issuer(written.issuer());
  out.set_jwks(mesh::kNobodysKeys);
  for (const auto& header : written.from_headers())
    if (!header.name().empty()) *out.add_from_headers() = header;
  for (const auto& name : written.from_params())
    if (!name.empty()) out.add_from_params(name);
  for (const auto& name : written.from_cookies())
    if (!name.empty()) out.add_from_cookies(name);
  return out;
}

StandIn refused(const security::RequestAuthentication& written, const Problems& problems) {
  auto kept = std::make_shared<security::RequestAuthentication>();
  keep_attachment(written, problems, kept.get());
  for (int i = 0; i < written.jwt_rules_size(); ++i) {
    const auto& rule = written.jwt_rules(i);
    *kept->add_jwt_rules() = is_bad(problems, fmt::format("spec.jwtRules[{}]", i)) ? refused_rule(rule) : rule;
  }
  if (kept->jwt_rules().empty()) *kept->add_jwt_rules() = refused_rule({});
  return kept;
}

StandIn stand_in_for(const mesh::Object& policy, const google::protobuf::Message& written, const Problems& problems) {
  switch (policy.key.kind) {
    case mesh::Kind::kWasmPlugin: return refused(static_cast<const WasmPlugin&>(written), problems);
    case mesh::Kind::kAuthorizationPolicy: return refused(static_cast<const security::AuthorizationPolicy&>(written), problems);
    case mesh::Kind::kPeerAuthentication: return refused(static_cast<const security::PeerAuthentication&>(written), problems);
    case mesh::Kind::kRequestAuthentication: return refused(static_cast<const security::RequestAuthentication&>(written), problems);
    default: return nullptr;
  }
}

}  // namespace

mesh::ObjectPtr refused_policy(const mesh::Object& policy, const std::vector<Problem>& problems) {
  const auto* spec = std::get_if<mesh::ProtoSpec>(&policy.payload);
  if (policy.key.name.empty() || !spec || !*spec) return nullptr;
  StandIn kept = stand_in_for(policy, **spec, problems);
  if (!kept) return nullptr;
  auto out = std::make_shared<mesh::Object>(policy);
  out->payload = mesh::ProtoSpec(std::move(kept));
  out->digest = mesh::object_digest(*out);
  return out;
}

}  // namespace amime::source
