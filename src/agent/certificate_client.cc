#include "agent/certificate_client.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <set>
#include <utility>

#include "agent/grpc_bytes.h"
#include "security/v1alpha1/ca.pb.h"

namespace amime::agent {
namespace {

constexpr const char* kCreateMethod = "/istio.v1.auth.IstioCertificateService/CreateCertificate";

// One call; shared by gRPC's callback and the loop.
struct Signing {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<grpc::GenericStub> stub;
  grpc::ClientContext context;
  grpc::ByteBuffer in, out;
};

// Calls under way. Whoever asked waits for them to end, and they end at once.
struct Signings {
  explicit Signings(Loop& on) : loop(on) {}
  ~Signings() {
    for (const auto& call : live) call->context.TryCancel();
    loop.run_until([this] { return live.empty(); }, std::chrono::seconds(2));
  }
  Loop& loop;
  std::set<std::shared_ptr<Signing>> live;
  std::size_t next = 0;
};

std::string encoded_request(const CertificateRequest& request, const std::string& signer) {
  istio::v1::auth::IstioCertificateRequest out;
  out.set_csr(request.csr);
  out.set_validity_duration(request.ttl.count());
  if (!signer.empty()) (*out.mutable_metadata()->mutable_fields())["CertSigner"].set_string_value(signer);
  return out.SerializeAsString();
}

absl::StatusOr<std::vector<std::string>> chain_of(const grpc::ByteBuffer& buffer) {
  istio::v1::auth::IstioCertificateResponse answer;
  bool parsed = false;
  with_bytes(buffer, [&](std::string_view bytes) { parsed = answer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())); });
  if (!parsed || answer.cert_chain_size() < 2) return absl::InternalError("the answer is no chain of certificates");
  return std::vector<std::string>(answer.cert_chain().begin(), answer.cert_chain().end());
}

}  // namespace

CertificateClient make_certificate_client(Loop& loop, std::vector<Remote> remotes, std::string signer) {
  return [all = std::make_shared<Signings>(loop), remotes = std::move(remotes), signer = std::move(signer)](
             const CertificateRequest& request, const Proof& proof, CertificateAnswer answer) {
    const Remote& remote = remotes[all->next % remotes.size()];
    auto call = std::make_shared<Signing>();
    call->channel = connect(remote, proof);
    call->stub = std::make_unique<grpc::GenericStub>(call->channel);
    call->out = to_buffer(encoded_request(request, signer));
    call->context.set_deadline(std::chrono::system_clock::now() + kLongestSigning);
    add_metadata(call->context, remote, proof);
    all->live.insert(call);
    Signings* const signings = all.get();  // outlives the calls
    call->stub->UnaryCall(&call->context, kCreateMethod, {}, &call->out, &call->in,
                          [signings, call, at = remote.address, answer = std::move(answer)](const grpc::Status& status) {
                            // The channel must not die on one of its own threads.
                            signings->loop.post([signings, call, at, answer, status = from_grpc(status)] {
                              signings->live.erase(call);
                              if (status.ok()) return answer(chain_of(call->in));
                              ++signings->next;
                              answer(absl::Status(status.code(), at + ": " + std::string(status.message())));
                            });
                          });
  };
}

}  // namespace amime::agent
