// Istio's standard metrics (istio_requests_total and its family) out of stock Envoy: access loggers that count, with labels
// that are expressions over what Envoy knows of the request, of both workloads and of itself.
//
// Nothing of one proxy stands in them: they read the Node's metadata where it is, so that proxies share their listeners.
// Fields: Telemetry.metrics; MeshConfig.defaultProviders.metrics. One rule's run. See docs/telemetry.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "translate/listener_class.h"
#include "translate/telemetry/access_log.h"
#include "translate/view.h"

namespace envoy::config::listener::v3 {
class FilterChain;
}

namespace amime::translate {

void add_metrics(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs);
// Whether there is a metric of that name in Telemetry's API (REQUEST_COUNT) that comes out of proxies.
bool is_counted(std::string_view metric);
// By what a proxy counts that is to count on either side: the access logger, or the filters of Istio's build (istio_filters.h).
enum class Counting : std::uint8_t { kNot, kLogger, kIstio };
Counting counting_of(View& view);
// Whether the proxy's connections begin with what its filter tells its peer's (ALPN istio-peer-exchange): only between such filters.
bool exchanges_over_tcp(View& view);
// By the logger: what it reads of peers (peer.h) is to be there.
inline bool counts_requests(View& view) { return counting_of(view) == Counting::kLogger; }
// What the proxy's Envoy was built without that counting takes; empty: nothing.
std::string lacks_to_count(View& view);
// What of counting stands in a chain of bytes, before the filter that passes them on.
void add_counting_filters(View& view, ListenerClass listener_class, envoy::config::listener::v3::FilterChain* chain);
// Whether endpoints carry what clients' metrics say of them: if anybody in the mesh may count, as all share endpoints.
bool tells_peers_apart(View& view);

}  // namespace amime::translate
