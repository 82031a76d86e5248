// How a gateway's server ends its clients' TLS. Pure; any thread.
//
// Fields: Gateway.servers.tls (mode, credentialName(s), caCertCredentialName, serverCertificate, privateKey, caCertificates,
// caCrl, tlsCertificates, subjectAltNames, verifyCertificateSpki, verifyCertificateHash, minProtocolVersion,
// maxProtocolVersion, cipherSuites); MeshConfig.tlsDefaults.
#pragma once

#include "translate/chain.h"
#include "translate/gateway_servers.h"

namespace istio::mesh::v1alpha1 {
class MeshConfig;
}

namespace amime::translate {

// Sets the chain's transport socket, appends Secrets to its refs. False, with a Note: the mode is not available, and the
// server must not be served at all.
bool add_downstream_tls(const GatewayServer& server, const istio::mesh::v1alpha1::MeshConfig& mesh_config, Chain* chain,
                        std::vector<Note>* notes);

}  // namespace amime::translate
