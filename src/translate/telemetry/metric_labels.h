// The labels of Istio's standard metrics, as formats that Envoy fills in. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "translate/listener_class.h"
#include "translate/telemetry/log_provider.h"

namespace amime::translate {

using MetricLabels = std::map<std::string, std::string>;  // name -> format

// `has_identity`: of the proxy (View::has_identity).
MetricLabels metric_labels(ListenerClass listener_class, LogPlace place, bool has_identity);

}  // namespace amime::translate
