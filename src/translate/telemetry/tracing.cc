#include "translate/telemetry/tracing.h"

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/request_id/uuid/v3/uuid.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"
#include "translate/pack.h"
#include "translate/telemetry/trace_tags.h"
#include "translate/telemetry/tracer.h"

namespace amime::translate {
namespace {

using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager_Tracing;
using istio::mesh::v1alpha1::ProxyConfig;

constexpr double kAllRequests = 100, kDefaultSampling = 1;  // percent; the default is Istio's PILOT_TRACE_SAMPLING

double sampling_of(const ProxyConfig& config) {
  const double given = config.tracing().sampling();
  return given > 0 && given <= kAllRequests ? given : kDefaultSampling;
}

// Requests whose caller, or whose operator, wants a trace are all traced; sampling is for the rest.
void set_sampling(double percent, HttpConnectionManager_Tracing* tracing) {
  tracing->mutable_client_sampling()->set_value(kAllRequests);
  tracing->mutable_overall_sampling()->set_value(kAllRequests);
  tracing->mutable_random_sampling()->set_value(percent);
}

// The tracer is the bootstrap's. Where that has none there is nothing to be said: tags would only tell proxies apart that
// could share their listeners.
void set_bootstrap_tracing(View& view, const ProxyConfig& config, HttpConnectionManager* hcm) {
  if (!view.mesh_config().enable_tracing() || config.tracing().tracer_case() == istio::mesh::v1alpha1::Tracing::TRACER_NOT_SET) return;
  auto* tracing = hcm->mutable_tracing();
  set_sampling(sampling_of(config), tracing);
  add_trace_tags(view, nullptr, config.tracing(), tracing);
  if (config.tracing().max_path_tag_length() != 0)
    tracing->mutable_max_path_tag_length()->set_value(config.tracing().max_path_tag_length());
}

void set_request_id(bool decides, HttpConnectionManager* hcm) {
  if (decides) return;  // Envoy's default
  envoy::extensions::request_id::uuid::v3::UuidRequestIdConfig uuid;
  uuid.mutable_use_request_id_for_trace_sampling()->set_value(false);
  pack(uuid, hcm->mutable_request_id_extension()->mutable_typed_config());
}

}  // namespace

void set_tracing(View& view, const ProxyConfig& config, ListenerClass listener_class, HttpConnectionManager* hcm) {
  const auto telemetries = view.telemetries();  // the choice points into them
  const auto choice = choose_tracing(telemetries, view.mesh_config(), listener_class);
  if (!choice) return set_bootstrap_tracing(view, config, hcm);
  const Provider* provider = find_provider(view.mesh_config(), choice->provider);
  if (choice->disabled || provider == nullptr) return;
  HttpConnectionManager_Tracing tracing;
  Tracer tracer;
  if (!fill_tracer(view, *provider, &tracer, tracing.mutable_provider())) return;
  if (!tracer_lacks(view, *provider).empty()) return;
  if (tracer.span_for_upstream) tracing.mutable_spawn_upstream_span()->set_value(true);
  set_sampling(tracer.samples_itself ? kAllRequests : choice->sampling.value_or(sampling_of(config)), &tracing);
  add_trace_tags(view, &*choice, config.tracing(), &tracing);
  const std::uint32_t longest = tracer.longest_path != 0 ? tracer.longest_path : config.tracing().max_path_tag_length();
  if (longest != 0) tracing.mutable_max_path_tag_length()->set_value(longest);
  *hcm->mutable_tracing() = std::move(tracing);
  set_request_id(choice->by_request_id, hcm);
}

}  // namespace amime::translate
