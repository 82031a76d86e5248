#include "source/refused_policy.h"

#include <algorithm>
#include <string_view>

#include "extensions/v1alpha1/wasm.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

using istio::extensions::v1alpha1::WasmPlugin;
namespace extensions = istio::extensions::v1alpha1;

// Whether some problem is at the field or below it.
bool is_bad(const std::vector<Problem>& problems, std::string_view field) {
  return std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    if (problem.severity != Severity::kError || !problem.field.starts_with(field)) return false;
    const auto rest = std::string_view(problem.field).substr(field.size());
    return rest.empty() || rest.front() == '.' || rest.front() == '[';
  });
}

}  // namespace

mesh::ObjectPtr refused_policy(const mesh::Object& policy, const std::vector<Problem>& problems) {
  const auto* spec = std::get_if<mesh::ProtoSpec>(&policy.payload);
  if (policy.key.kind != mesh::Kind::kWasmPlugin || policy.key.name.empty() || !spec || !*spec) return nullptr;
  const auto& written = static_cast<const WasmPlugin&>(**spec);
  const bool unknown = is_bad(problems, "spec.phase");
  if (!unknown && written.phase() != extensions::AUTHN && written.phase() != extensions::AUTHZ) return nullptr;
  auto kept = std::make_shared<WasmPlugin>();
  kept->set_phase(unknown ? extensions::AUTHZ : written.phase());
  kept->set_type(written.type());
  if (written.has_priority()) *kept->mutable_priority() = written.priority();
  if (!is_bad(problems, "spec.match")) *kept->mutable_match() = written.match();
  if (written.has_selector() && !is_bad(problems, "spec.selector")) *kept->mutable_selector() = written.selector();
  if (written.has_targetref() && !is_bad(problems, "spec.targetRef")) *kept->mutable_targetref() = written.targetref();
  if (!is_bad(problems, "spec.targetRefs")) *kept->mutable_targetrefs() = written.targetrefs();
  auto out = std::make_shared<mesh::Object>(policy);
  out->payload = mesh::ProtoSpec(std::move(kept));
  out->digest = mesh::object_digest(*out);
  return out;
}

}  // namespace amime::source
