// Access logs as MeshConfig asks for them: accessLogFile, accessLogEncoding, accessLogFormat, disableEnvoyListenerLog.
// (Telemetry objects come later.) Pure functions; any thread.
#pragma once

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}
namespace envoy::config::accesslog::v3 {
class AccessLog;
}
namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

using AccessLogs = google::protobuf::RepeatedPtrField<envoy::config::accesslog::v3::AccessLog>;

// Of a connection manager or a TCP proxy; adds nothing where the mesh logs nothing.
void add_access_log(const istio::mesh::v1alpha1::MeshConfig& mesh_config, AccessLogs* logs);
// Of a listener: only connections that no filter chain matches, for all others are logged by their chain.
void add_listener_access_log(const istio::mesh::v1alpha1::MeshConfig& mesh_config, AccessLogs* logs);

}  // namespace amime::translate
