// Why metrics are called istio_requests_total and not envoy_istio_requests_total, as dashboards want them.
//
// Envoy prefixes all names in its Prometheus output with envoy_, but for those of namespaces that an extension has registered.
// Wasm registers "wasmcustom" once a module is loaded (Envoy: CustomStatNamespaces). So a proxy that counts gets a Wasm module
// that does nothing: 88 bytes, in the log of a listener, which is hardly ever written. Pure; any thread.
#pragma once

#include <string_view>

#include "translate/telemetry/log_provider.h"

namespace amime::translate {

inline constexpr std::string_view kMetricPrefix = "wasmcustom";

// Whether the proxy's Envoy can load the module; else names begin with envoy_wasmcustom_.
bool can_name_metrics(View& view);
// A listener's log that is never written; its module registers the prefix.
void fill_prefix_log(AccessLog* log);

}  // namespace amime::translate
