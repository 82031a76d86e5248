// The labels of Istio's standard metrics, as formats that Envoy fills in. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "translate/listener_class.h"
#include "translate/telemetry/log_provider.h"

namespace amime::translate {

using MetricLabels = std::map<std::string, std::string>;  // name -> format

MetricLabels metric_labels(ListenerClass listener_class, LogPlace place);

}  // namespace amime::translate
