#include "translate/telemetry/trace_tags.h"

#include <fmt/format.h>

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/type/tracing/v3/custom_tag.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"
#include "telemetry/v1alpha1/telemetry.pb.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager_Tracing;
using envoy::type::tracing::v3::CustomTag;
using Tags = std::map<std::string, CustomTag>;

// The release whose Envoy knows tags with command operators.
constexpr int kKnowsFormatterTags = 29;

std::string or_else(const std::string& value, std::string_view otherwise) { return value.empty() ? std::string(otherwise) : value; }

std::string label(View& view, std::string_view name, std::string_view otherwise) {
  const auto& labels = view.proxy_labels();
  const auto at = labels.find(name);
  return at == labels.end() ? std::string(otherwise) : or_else(at->second, otherwise);
}

void add_literal(std::string name, std::string value, Tags* out) { (*out)[std::move(name)].mutable_literal()->set_value(std::move(value)); }

// What RBAC would have done: the filter leaves it in its metadata when a policy is a dry run. Else there is no such tag.
void add_dry_run(std::string_view policy, std::string_view what, std::string_view key, Tags* out) {
  auto* metadata = (*out)[fmt::format("istio.authorization.dry_run.{}_policy.{}", policy, what)].mutable_metadata();
  metadata->mutable_kind()->mutable_request();
  metadata->mutable_metadata_key()->set_key("envoy.filters.http.rbac");
  metadata->mutable_metadata_key()->add_path()->set_key(fmt::format("istio_dry_run_{}_{}", policy, key));
}

void add_istio_tags(View& view, Tags* out) {
  const auto& proxy = view.proxy_identity();
  add_literal("istio.canonical_revision", label(view, "service.istio.io/canonical-revision", "latest"), out);
  add_literal("istio.canonical_service", label(view, "service.istio.io/canonical-name", "unknown"), out);
  add_literal("istio.mesh_id", or_else(proxy.mesh_id, "unknown"), out);
  add_literal("istio.namespace", or_else(std::string(view.proxy_namespace()), "default"), out);
  add_literal("istio.cluster_id", or_else(proxy.cluster_id, "unknown"), out);
  for (const auto policy : {"allow", "deny"}) {
    add_dry_run(policy, "name", "shadow_effective_policy_id", out);
    add_dry_run(policy, "result", "shadow_engine_result", out);
  }
}

// The kinds of tags that both APIs have; they are alike in everything but their types.
template <class Given>
bool fill(const Given& given, CustomTag* tag) {
  if (given.has_literal()) {
    tag->mutable_literal()->set_value(given.literal().value());
  } else if (given.has_environment()) {
    tag->mutable_environment()->set_name(given.environment().name());
    tag->mutable_environment()->set_default_value(given.environment().default_value());
  } else if (given.has_header()) {
    tag->mutable_request_header()->set_name(given.header().name());
    tag->mutable_request_header()->set_default_value(given.header().default_value());
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool knows_format_tags(View& view) { return view.proxy_at_least(kKnowsFormatterTags); }

void add_trace_tags(View& view, const TraceChoice* chosen, const istio::mesh::v1alpha1::Tracing& config,
                    HttpConnectionManager_Tracing* out) {
  Tags tags;
  const bool istio_tags = chosen ? chosen->istio_tags : !config.has_enable_istio_tags() || config.enable_istio_tags().value();
  if (istio_tags) add_istio_tags(view, &tags);
  const auto add = [&](const std::string& name, const auto& given) {
    CustomTag tag;
    if (fill(given, &tag)) tags[name] = std::move(tag);
  };
  if (!chosen || chosen->tags.empty()) {
    for (const auto& [name, given] : config.custom_tags()) add(name, given);
  } else {
    for (const auto& [name, given] : chosen->tags) {
      add(name, *given);
      if (given->has_formatter() && knows_format_tags(view)) tags[name].set_value(given->formatter().value());
    }
  }
  for (auto& [name, tag] : tags) {
    tag.set_tag(name);
    *out->add_custom_tags() = std::move(tag);
  }
}

}  // namespace amime::translate
