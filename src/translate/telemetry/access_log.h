// The access logs of a filter chain or a listener: what Telemetry objects ask for, else what MeshConfig alone does.
// One rule's run.
//
// Fields: Telemetry.accessLogging; MeshConfig.defaultProviders.accessLogging, accessLog*, disableEnvoyListenerLog.
#pragma once

#include <string>
#include <vector>

#include "translate/telemetry/log_provider.h"
#include "translate/view.h"

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}

namespace amime::translate {

using AccessLogs = google::protobuf::RepeatedPtrField<AccessLog>;

// `place` is kListener for a listener's own log: only connections that no filter chain matches, for all others are logged
// by their chain.
void add_access_logs(View& view, ListenerClass listener_class, LogPlace place, AccessLogs* logs);
// What of a log that is asked for the proxy's Envoy was built without; it is not written then.
std::vector<std::string> log_lacks(View& view, const LogChoice& choice);

}  // namespace amime::translate
