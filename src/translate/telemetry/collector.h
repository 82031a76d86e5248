// Where logs and traces go: the cluster of the service that an extension provider names. One rule's run.
//
// Fields: MeshConfig.extensionProviders[].*.service ("HOST" or "NAMESPACE/HOST"), .port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "translate/view.h"

namespace envoy::config::core::v3 {
class GrpcService;
}

namespace amime::translate {

struct Collector {
  std::string host;
  std::string cluster;
};
// None: the proxy sees no such service. Envoy refuses a log or a tracer whose cluster it does not have.
std::optional<Collector> collector(View& view, std::string_view service, std::uint32_t port);
// The service that spans are said to come from: Node.cluster, which Istio's agents set to NAME.NAMESPACE.
std::string span_service(View& view);
void set_collector(const Collector& collector, envoy::config::core::v3::GrpcService* out);

}  // namespace amime::translate
