// How a gateway's server, or a Sidecar's ingress listener, ends its clients' TLS. Pure; any thread.
//
// Fields: Gateway.servers.tls and Sidecar.ingress.tls (mode, credentialName(s), caCertCredentialName, serverCertificate, privateKey,
// caCertificates, caCrl, tlsCertificates, subjectAltNames, verifyCertificateSpki, verifyCertificateHash, insecureSkipVerify,
// minProtocolVersion, maxProtocolVersion, cipherSuites); MeshConfig.tlsDefaults.
#pragma once

#include "translate/chain.h"
#include "translate/gateway_servers.h"
#include "translate/view.h"

namespace istio::mesh::v1alpha1 {
class MeshConfig;
}
namespace istio::networking::v1alpha3 {
class ServerTLSSettings;
}

namespace amime::translate {

// Sets the chain's transport socket. `secrets`: names of the Secrets that the settings ask for; empty: files beside the proxy.
void set_downstream_tls(const istio::networking::v1alpha3::ServerTLSSettings& settings, const std::vector<std::string>& secrets,
                        const istio::mesh::v1alpha1::MeshConfig& mesh_config, envoy::config::listener::v3::FilterChain* chain);

// Sets the chain's transport socket, appends Secrets to its refs. False, with a Note: the mode is not available, and the
// server must not be served at all.
bool add_downstream_tls(View& view, const GatewayServer& server, Chain* chain, std::vector<Note>* notes);

}  // namespace amime::translate
