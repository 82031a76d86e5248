#include "delivery/secure_port.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>

namespace amime::delivery {
namespace {

constexpr unsigned kLookAgainSeconds = 1;

class Proven final : public Peer {
 public:
  Proven(std::string address, ProvenPeer proven) : address_(std::move(address)), proven_(std::move(proven)) {}
  std::string address() const override { return address_; }
  // Its Node is held against what it proved when the stream begins; which Secrets it may see is then a question of its namespace.
  bool may_have_secrets(std::string*) const override { return true; }
  const ProvenPeer* proven() const override { return &proven_; }

 private:
  const std::string address_;
  const ProvenPeer proven_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> make_server_credentials(const SecurePort& port) {
  using namespace grpc::experimental;
  TlsServerCredentialsOptions options(
      std::make_shared<FileWatcherCertificateProvider>(port.key_file, port.certificate_file, port.roots_file, kLookAgainSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  // Workloads without a certificate come here for their first one.
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return TlsServerCredentials(options);
}

std::shared_ptr<const Peer> make_proven_peer(std::string address, ProvenPeer proven) {
  return std::make_shared<Proven>(std::move(address), std::move(proven));
}

}  // namespace amime::delivery
