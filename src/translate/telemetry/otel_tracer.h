// The tracer of an OpenTelemetry provider. One rule's run.
//
// Fields: MeshConfig.extensionProviders[].opentelemetry (service, port, http, grpc, resourceDetectors,
// serviceAttributeEnrichment, dynatraceSampler).
#pragma once

#include "translate/telemetry/tracer.h"

namespace google::protobuf {
class Message;
}

namespace amime::translate {

// False: the proxy does not see the service, or what the sampler needs.
bool fill_otel_tracer(View& view, const Provider& provider, Tracer* tracer, envoy::config::trace::v3::Tracing_Http* out);
// The extensions that it takes.
std::vector<std::string> otel_tracer_types(const Provider& provider);

}  // namespace amime::translate
