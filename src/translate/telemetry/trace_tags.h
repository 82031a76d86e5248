// The tags of every span: what Istio's dashboards read (istio.canonical_service and its like), and the user's. One rule's run.
//
// Fields: Telemetry.tracing[].customTags, .enableIstioTags; ProxyConfig.tracing.customTags, .enableIstioTags.
#pragma once

#include <map>
#include <string>

#include "translate/telemetry/choose.h"
#include "translate/view.h"

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager_Tracing;
}
namespace istio::mesh::v1alpha1 {
class Tracing;
}

namespace amime::translate {

// Whether the proxy's Envoy knows tags that are formats (Telemetry.tracing.customTags.formatter).
bool knows_format_tags(View& view);
// `chosen`: null where only `config` counts; its tags stand in for all of those of `config`.
void add_trace_tags(View& view, const TraceChoice* chosen, const istio::mesh::v1alpha1::Tracing& config,
                    envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager_Tracing* out);

}  // namespace amime::translate
