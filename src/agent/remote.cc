#include "agent/remote.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "agent/grpc_bytes.h"
#include "base/http.h"
#include "identity/private_file.h"

namespace amime::agent {
namespace {

constexpr const char* kNameOfAnAddress = "istiod.istio-system.svc";  // an IP is in no certificate of istiod's

bool is_ip(const std::string& host) {
  in6_addr ignored;
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

std::string name_to_check(const Remote& remote) {
  if (!remote.server_name.empty()) return remote.server_name;
  std::string host;
  unsigned port = 0;
  return base::split_host_port(remote.address, &host, &port) && is_ip(host) ? kNameOfAnAddress : "";
}

}  // namespace

std::shared_ptr<grpc::Channel> connect(const Remote& remote, const Proof& proof) {
  quiet_grpc();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);  // Istio's: 30 s and 10 s
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kLongestMessage);
  arguments.SetMaxSendMessageSize(kLongestMessage);
  if (remote.plaintext) return grpc::CreateCustomChannel(remote.address, grpc::InsecureChannelCredentials(), arguments);
  if (const auto name = name_to_check(remote); !name.empty()) arguments.SetSslTargetNameOverride(name);
  grpc::SslCredentialsOptions options;
  if (!remote.roots_file.empty()) {
    const auto roots = identity::read_private_file(remote.roots_file, /*open_to_others=*/true);
    // Without roots nothing is trusted: the handshake fails and says so. gRPC would take the system's for an empty text.
    options.pem_root_certs = roots.ok() && !roots->empty() ? std::string(roots->reveal()) : "no roots";
  }
  if (!proof.chain.empty()) {
    options.pem_private_key = std::string(proof.key.reveal());
    options.pem_cert_chain = proof.chain;
  }
  return grpc::CreateCustomChannel(remote.address, grpc::SslCredentials(options), arguments);
}

void add_metadata(grpc::ClientContext& context, const Remote& remote, const Proof& proof) {
  if (!proof.bearer.empty() && !remote.plaintext) context.AddMetadata("authorization", fmt::format("Bearer {}", proof.bearer.reveal()));
  if (!remote.cluster_id.empty()) context.AddMetadata("clusterid", remote.cluster_id);
}

}  // namespace amime::agent
