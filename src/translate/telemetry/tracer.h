// The tracer of an extension provider: which it is, and where its spans go. One rule's run.
//
// Fields: MeshConfig.extensionProviders[].zipkin, .datadog, .skywalking, .opentelemetry.
#pragma once

#include <string>
#include <vector>

#include "translate/telemetry/choose.h"
#include "translate/view.h"

namespace envoy::config::trace::v3 {
class Tracing_Http;
}

namespace amime::translate {

struct Tracer {
  bool samples_itself = false;        // it decides what is kept: it must be given every request
  bool span_for_upstream = false;     // a span of its own for each request sent on
  std::uint32_t longest_path = 0;     // of the tag that holds the path; 0: Envoy's own
  std::vector<std::string> clusters;  // where it sends
};

bool provides_traces(const Provider& provider);
// False: the provider has no tracer, or the proxy does not see its service. `out` may be null: only to know the clusters.
bool fill_tracer(View& view, const Provider& provider, Tracer* tracer, envoy::config::trace::v3::Tracing_Http* out);
// What of the tracer the proxy's Envoy was built without; there are no traces then.
std::vector<std::string> tracer_lacks(View& view, const Provider& provider);

}  // namespace amime::translate
