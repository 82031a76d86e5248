// What a connection manager traces: where spans go, how many, with which tags. One rule's run.
//
// Fields: Telemetry.tracing; MeshConfig.defaultProviders.tracing, enableTracing; ProxyConfig.tracing.
#pragma once

#include "translate/listener_class.h"
#include "translate/view.h"

namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}

namespace amime::translate {

void set_tracing(View& view, const istio::mesh::v1alpha1::ProxyConfig& config, ListenerClass listener_class,
                 envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager* hcm);

}  // namespace amime::translate
