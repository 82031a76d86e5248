// telemetry.istio.io Telemetry, extensions.istio.io WasmPlugin, networking.istio.io ProxyConfig.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "extensions/v1alpha1/wasm.pb.h"
#include "networking/v1beta1/proxy_config.pb.h"
#include "source/attachment.h"
#include "source/checks.h"
#include "source/validators.h"
#include "telemetry/v1alpha1/telemetry.pb.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

namespace telemetry = istio::telemetry::v1alpha1;
namespace extensions = istio::extensions::v1alpha1;

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestSecret = 253;

template <class Providers>
void check_providers(const Providers& providers, const Path& at, Errors& errors) {
  for (int i = 0; i < providers.size(); ++i)
    if (providers[i].name().empty()) errors.add(at / i / "name", "is required");
}

void check_custom_tag(const telemetry::Tracing::CustomTag& tag, const Path& at, Errors& errors) {
  if (tag.has_literal() && tag.literal().value().empty()) errors.add(at / "literal" / "value", "is required");
  if (tag.has_header() && tag.header().name().empty()) errors.add(at / "header" / "name", "is required");
  if (tag.has_environment() && tag.environment().name().empty()) errors.add(at / "environment" / "name", "is required");
}

void check_tracing(const telemetry::Tracing& tracing, const Path& at, Errors& errors) {
  check_providers(tracing.providers(), at / "providers", errors);
  if (tracing.providers_size() > 1) errors.warn(at / "providers", "only the first provider is used");
  const double percentage = tracing.random_sampling_percentage().value();
  if (!(percentage >= 0 && percentage <= 100))
    errors.add(at / "randomSamplingPercentage", fmt::format("{} is not between 0 and 100", percentage));
  for (const auto& [name, tag] : tracing.custom_tags()) check_custom_tag(tag, (at / "customTags").key(name), errors);
}

void check_metrics(const telemetry::Metrics& metrics, const Path& at, Errors& errors) {
  check_providers(metrics.providers(), at / "providers", errors);
  for (int i = 0; i < metrics.overrides_size(); ++i) {
    const auto& change = metrics.overrides(i);
    const Path here = at / "overrides" / i;
    if (change.match().metric_match_case() == telemetry::MetricSelector::kCustomMetric && change.match().custom_metric().empty())
      errors.add(here / "match" / "customMetric", "must not be empty");
    for (const auto& [name, tag] : change.tag_overrides()) {
      const bool removed = tag.operation() == telemetry::MetricsOverrides::TagOverride::REMOVE;
      if (removed != tag.value().empty())
        errors.add((here / "tagOverrides").key(name) / "value",
                   removed ? "has no meaning with operation REMOVE" : "is required for operation UPSERT");
    }
  }
}

void check_wasm_url(const std::string& url, const Path& at, Errors& errors) {
  if (url.empty()) return errors.add(at, "is required");
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return;
  static const std::set<std::string> kSchemes = {"file", "http", "https", "oci"};
  if (!kSchemes.contains(url.substr(0, scheme)))
    errors.add(at, fmt::format("scheme {} is not one of oci, http, https, file", url.substr(0, scheme)));
}

void check_vm(const extensions::VmConfig& vm, const Path& at, Errors& errors) {
  std::set<std::string> names;
  for (int i = 0; i < vm.env_size(); ++i) {
    const auto& env = vm.env(i);
    if (env.name().empty() || env.name().size() > kLongestName)
      errors.add(at / "env" / i / "name", fmt::format("must have 1 to {} characters", kLongestName));
    else if (!names.insert(env.name()).second)
      errors.add(at / "env" / i / "name", fmt::format("\"{}\" stands twice", env.name()));
    if (env.value_from() != extensions::INLINE && !env.value().empty())
      errors.add(at / "env" / i / "value", "is for valueFrom INLINE only");
  }
}

}  // namespace

void validate_telemetry(const telemetry::Telemetry& object, Errors& errors) {
  const Path spec = Path() / "spec";
  check_policy_attachment(object, spec, errors);
  if (object.tracing_size() > 1) errors.warn(spec / "tracing", "only the first entry is used");
  for (int i = 0; i < object.tracing_size(); ++i) check_tracing(object.tracing(i), spec / "tracing" / i, errors);
  for (int i = 0; i < object.metrics_size(); ++i) check_metrics(object.metrics(i), spec / "metrics" / i, errors);
  for (int i = 0; i < object.access_logging_size(); ++i)
    check_providers(object.access_logging(i).providers(), spec / "accessLogging" / i / "providers", errors);
}

void validate_wasm_plugin(const extensions::WasmPlugin& plugin, Errors& errors) {
  const Path spec = Path() / "spec";
  check_policy_attachment(plugin, spec, errors);
  check_wasm_url(plugin.url(), spec / "url", errors);
  const std::string& sha = plugin.sha256();
  if (!sha.empty() && (sha.size() != 64 || sha.find_first_not_of("0123456789abcdef") != std::string::npos))
    errors.add(spec / "sha256", "is not 64 hexadecimal digits in lower case");
  if (plugin.image_pull_secret().size() > kLongestSecret)
    errors.add(spec / "imagePullSecret", fmt::format("has at most {} characters", kLongestSecret));
  if (plugin.plugin_name().size() > kLongestName) errors.add(spec / "pluginName", fmt::format("has at most {} characters", kLongestName));
  check_vm(plugin.vm_config(), spec / "vmConfig", errors);
  for (int i = 0; i < plugin.match_size(); ++i)
    for (int j = 0; j < plugin.match(i).ports_size(); ++j)
      check_port(plugin.match(i).ports(j).number(), spec / "match" / i / "ports" / j / "number", errors);
}

void validate_proxy_config(const istio::networking::v1beta1::ProxyConfig& config, Errors& errors) {
  const Path spec = Path() / "spec";
  if (config.has_selector()) check_selector(map_of(config.selector().match_labels()), spec / "selector" / "matchLabels", errors);
  check_not_negative(config.concurrency().value(), spec / "concurrency", errors);
}

}  // namespace amime::source
