// The access log of an extension provider: a file, Envoy's access log service (ALS), or an OpenTelemetry collector.
//
// Fields: MeshConfig.extensionProviders[].envoyFileAccessLog, .envoyHttpAls, .envoyTcpAls, .envoyOtelAls; accessLog*,
// enableEnvoyAccessLogService. One rule's run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "translate/telemetry/choose.h"
#include "translate/view.h"

namespace envoy::config::accesslog::v3 {
class AccessLog;
}

namespace amime::translate {

using AccessLog = envoy::config::accesslog::v3::AccessLog;

// What a provider is for.
bool provides_logs(const Provider& provider);
// The cluster where it sends them; empty: to none. None: the proxy does not see the service.
std::optional<std::string> log_cluster(View& view, const Provider& provider);
// False: it has none, or its service is not seen.
bool fill_log(View& view, const Provider& provider, AccessLog* log);

enum class LogPlace : std::uint8_t { kHttp, kTcp, kListener };
// What MeshConfig alone asks for.
std::vector<AccessLog> mesh_logs(const istio::mesh::v1alpha1::MeshConfig& mesh_config, LogPlace place);

}  // namespace amime::translate
