#include "translate/connection_settings.h"

#include <algorithm>

#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"

namespace amime::translate {
namespace {

using envoy::config::core::v3::HttpProtocolOptions;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using WrittenSettings = istio::mesh::v1alpha1::ProxyConfig_ConnectionSettings;

// Envoy's advice for proxies that face the internet.
void fill_edge(WrittenSettings* s) {
  constexpr std::int32_t kKiB = 1024;
  if (!s->has_listener_per_connection_buffer_limit_bytes()) s->mutable_listener_per_connection_buffer_limit_bytes()->set_value(32 * kKiB);
  if (!s->has_http_idle_timeout()) s->mutable_http_idle_timeout()->set_seconds(3600);
  if (!s->has_http_stream_idle_timeout()) s->mutable_http_stream_idle_timeout()->set_seconds(300);
  if (!s->has_http_request_timeout()) s->mutable_http_request_timeout()->set_seconds(300);
  if (!s->has_http_request_headers_timeout()) s->mutable_http_request_headers_timeout()->set_seconds(60);
  if (!s->has_http_max_concurrent_streams()) s->mutable_http_max_concurrent_streams()->set_value(100);
  if (!s->has_http2_initial_stream_window_size()) s->mutable_http2_initial_stream_window_size()->set_value(64 * kKiB);
  if (!s->has_http2_initial_connection_window_size()) s->mutable_http2_initial_connection_window_size()->set_value(kKiB * kKiB);
  if (s->http_headers_with_underscores_action() == WrittenSettings::HEADERS_WITH_UNDERSCORES_UNSPECIFIED)
    s->set_http_headers_with_underscores_action(WrittenSettings::HEADERS_WITH_UNDERSCORES_REJECT_REQUEST);
  if (!s->has_http_merge_slashes()) s->mutable_http_merge_slashes()->set_value(true);
  if (s->http_path_with_escaped_slashes_action() == WrittenSettings::PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED)
    s->set_http_path_with_escaped_slashes_action(WrittenSettings::UNESCAPE_AND_REDIRECT);
}

void apply_timeouts(const WrittenSettings& s, HttpConnectionManager* hcm) {
  if (s.has_http_idle_timeout()) *hcm->mutable_common_http_protocol_options()->mutable_idle_timeout() = s.http_idle_timeout();
  if (s.has_http_max_connection_duration())
    *hcm->mutable_common_http_protocol_options()->mutable_max_connection_duration() = s.http_max_connection_duration();
  if (s.has_http_max_stream_duration())
    *hcm->mutable_common_http_protocol_options()->mutable_max_stream_duration() = s.http_max_stream_duration();
  if (s.has_http_stream_idle_timeout()) *hcm->mutable_stream_idle_timeout() = s.http_stream_idle_timeout();
  if (s.has_http_request_timeout()) *hcm->mutable_request_timeout() = s.http_request_timeout();
  if (s.has_http_request_headers_timeout()) *hcm->mutable_request_headers_timeout() = s.http_request_headers_timeout();
  if (s.has_http_drain_timeout()) *hcm->mutable_drain_timeout() = s.http_drain_timeout();
}

void apply_http2(const WrittenSettings& s, HttpConnectionManager* hcm) {
  // A negative number would become some four billion: it counts as unset.
  if (s.http_max_concurrent_streams().value() > 0)
    hcm->mutable_http2_protocol_options()->mutable_max_concurrent_streams()->set_value(s.http_max_concurrent_streams().value());
  // A proxy may say of itself what no MeshConfig may: Envoy takes no smaller window.
  constexpr std::int32_t kSmallestWindow = 65535;
  if (const auto size = s.http2_initial_stream_window_size().value(); size > 0)
    hcm->mutable_http2_protocol_options()->mutable_initial_stream_window_size()->set_value(std::max(size, kSmallestWindow));
  if (const auto size = s.http2_initial_connection_window_size().value(); size > 0)
    hcm->mutable_http2_protocol_options()->mutable_initial_connection_window_size()->set_value(std::max(size, kSmallestWindow));
}

HttpProtocolOptions::HeadersWithUnderscoresAction underscores(WrittenSettings::HeadersWithUnderscoresAction action) {
  if (action == WrittenSettings::HEADERS_WITH_UNDERSCORES_REJECT_REQUEST) return HttpProtocolOptions::REJECT_REQUEST;
  if (action == WrittenSettings::HEADERS_WITH_UNDERSCORES_DROP_HEADER) return HttpProtocolOptions::DROP_HEADER;
  return HttpProtocolOptions::ALLOW;
}

HttpConnectionManager::PathWithEscapedSlashesAction escaped_slashes(WrittenSettings::PathWithEscapedSlashesAction action) {
  if (action == WrittenSettings::REJECT_REQUEST) return HttpConnectionManager::REJECT_REQUEST;
  if (action == WrittenSettings::UNESCAPE_AND_REDIRECT) return HttpConnectionManager::UNESCAPE_AND_REDIRECT;
  if (action == WrittenSettings::UNESCAPE_AND_FORWARD) return HttpConnectionManager::UNESCAPE_AND_FORWARD;
  return HttpConnectionManager::KEEP_UNCHANGED;
}

}  // namespace

WrittenSettings connection_settings(const istio::mesh::v1alpha1::ProxyConfig& config, bool gateway) {
  WrittenSettings settings = config.connection_settings();
  if (gateway && settings.profile() == WrittenSettings::EDGE) fill_edge(&settings);
  return settings;
}

void apply_connection_settings(const WrittenSettings& settings, HttpConnectionManager* hcm) {
  apply_timeouts(settings, hcm);
  apply_http2(settings, hcm);
  if (settings.http_headers_with_underscores_action() != WrittenSettings::HEADERS_WITH_UNDERSCORES_UNSPECIFIED)
    hcm->mutable_common_http_protocol_options()->set_headers_with_underscores_action(
        underscores(settings.http_headers_with_underscores_action()));
  if (settings.has_http_merge_slashes()) hcm->set_merge_slashes(settings.http_merge_slashes().value());
  if (settings.http_path_with_escaped_slashes_action() != WrittenSettings::PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED)
    hcm->set_path_with_escaped_slashes_action(escaped_slashes(settings.http_path_with_escaped_slashes_action()));
}

}  // namespace amime::translate
