// Istio's standard metrics (istio_requests_total and its family) out of stock Envoy: access loggers that count, with labels
// that are expressions over what Envoy knows of the request, of both workloads and of itself.
//
// Nothing of one proxy stands in them: they read the Node's metadata where it is, so that proxies share their listeners.
// Fields: Telemetry.metrics; MeshConfig.defaultProviders.metrics. One rule's run. See docs/telemetry.md.
#pragma once

#include <string>
#include <string_view>

#include "translate/listener_class.h"
#include "translate/telemetry/access_log.h"
#include "translate/view.h"

namespace amime::translate {

void add_metrics(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs);
// Whether there is a metric of that name in Telemetry's API (REQUEST_COUNT) that comes out of proxies.
bool is_counted(std::string_view metric);
// What the proxy's Envoy was built without that counting takes; empty: nothing.
std::string lacks_to_count(View& view);
// Whether this proxy's peers are to be told apart: it counts requests on either side.
bool counts_requests(View& view);
// Whether endpoints carry what clients' metrics say of them: if anybody in the mesh may count, as all share endpoints.
bool tells_peers_apart(View& view);

}  // namespace amime::translate
