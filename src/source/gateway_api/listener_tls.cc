// TLS of listeners: Gateway API's certificateRefs, options and client validation as Istio's ServerTLSSettings.
#include <fmt/format.h>

#include "networking/v1alpha3/gateway.pb.h"
#include "source/gateway_api/authorities.h"
#include "source/gateway_api/grants.h"
#include "source/gateway_api/listener.h"

namespace amime::source::gateway_api {
namespace {

using istio::networking::v1alpha3::ServerTLSSettings;
using mesh::Kind;

constexpr char kMode[] = "gateway.istio.io/tls-terminate-mode";
constexpr char kCiphers[] = "gateway.istio.io/tls-cipher-suites";
constexpr std::size_t kMostCertificates = 2;  // as Istio: one RSA, one ECDSA

bool refuse(std::vector<Condition>& conditions, const char* reason, std::string message) {
  fail(conditions, "Programmed", "Invalid", "Bad TLS configuration");
  fail(conditions, "ResolvedRefs", reason, std::move(message));
  return false;
}

// The Secret's name for proxies; empty: it may not be used.
std::string credential(Reads& reads, const mesh::ObjectKey& owner, const Reference& ref, std::vector<Condition>& conditions) {
  const std::string ns = ref.ns.empty() ? owner.ns : ref.ns;
  if (!ref.group.empty() || ref.kind != "Secret") {
    refuse(conditions, "InvalidCertificateRef", fmt::format("certificateRef {} is a {}; only Secrets can be", ref.name, ref.kind));
    return "";
  }
  if (!may_refer(reads, owner, ref, ns)) {
    refuse(conditions, "RefNotPermitted",
           fmt::format("certificateRef {}/{} is of another namespace, and no ReferenceGrant there allows it", ns, ref.name));
    return "";
  }
  const auto secret = reads.find(Kind::kSecret, ns, ref.name);
  if (!secret) {
    refuse(conditions, "InvalidCertificateRef", fmt::format("there is no Secret {}/{}", ns, ref.name));
  } else {
    const auto& data = secret->as<mesh::KubeSecret>().data;
    const auto has = [&](const char* key) { return data.contains(key) && !data.at(key).empty(); };
    if (!(has("tls.crt") && has("tls.key")) && !(has("cert") && has("key")))
      refuse(conditions, "InvalidCertificateRef", fmt::format("Secret {}/{} lacks tls.crt and tls.key", ns, ref.name));
  }
  return fmt::format("kubernetes-gateway://{}/{}", ns, ref.name);
}

void set_ciphers(const std::string& text, ServerTLSSettings* out) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    std::string one = text.substr(at, end - at);
    std::erase(one, ' ');
    if (!one.empty()) out->add_cipher_suites(one);
    at = end + 1;
  }
}

// False: the mode needs no certificate of ours.
bool set_mode(const std::string& mode, ServerTLSSettings* out) {
  out->set_mode(mode == "MUTUAL"            ? ServerTLSSettings::MUTUAL
                : mode == "OPTIONAL_MUTUAL" ? ServerTLSSettings::OPTIONAL_MUTUAL
                : mode == "ISTIO_MUTUAL"    ? ServerTLSSettings::ISTIO_MUTUAL
                                            : ServerTLSSettings::SIMPLE);
  return mode != "ISTIO_MUTUAL";
}

bool set_certificates(Reads& reads, const mesh::ObjectKey& owner, const ListenerTls& tls, ServerTLSSettings* out,
                      std::vector<Condition>& conditions) {
  if (tls.certificates.empty()) return refuse(conditions, "InvalidCertificateRef", "there is no certificateRef");
  if (tls.certificates.size() > kMostCertificates)
    return refuse(conditions, "InvalidCertificateRef", fmt::format("a listener can have {} certificates", kMostCertificates));
  std::vector<std::string> names;
  for (const auto& ref : tls.certificates)
    if (auto name = credential(reads, owner, ref, conditions); !name.empty()) names.push_back(std::move(name));
  if (names.empty()) return false;
  if (names.size() == 1) {
    out->set_credential_name(names.front());
  } else {
    for (auto& name : names) out->add_credential_names(std::move(name));
  }
  return true;
}

bool refuse_authorities(std::vector<Condition>& conditions, const char* reason, const std::string& message) {
  fail(conditions, "Accepted", "NoValidCACertificate", message);
  return refuse(conditions, reason, message);
}

// Whom clients' certificates must be signed by. An option says more exactly who is let in.
bool set_clients(Reads& reads, const ListenerPlace& place, const std::string& mode, ServerTLSSettings* out,
                 std::vector<Condition>& conditions) {
  if (!place.clients) return true;
  if (place.clients->authorities.size() != 1)
    return refuse_authorities(conditions, "InvalidCACertificateRef", "only one caCertificateRef is supported");
  const auto authorities = resolve_authorities(reads, place.gateway, place.clients->authorities.front());
  if (authorities.reason) return refuse_authorities(conditions, authorities.reason, authorities.message);
  out->set_ca_cert_credential_name(authorities.credential + "-cacert");
  if (mode == "MUTUAL" || mode == "OPTIONAL_MUTUAL") return true;
  out->set_mode(place.clients->insecure ? ServerTLSSettings::OPTIONAL_MUTUAL : ServerTLSSettings::MUTUAL);
  if (place.clients->insecure) out->mutable_insecure_skip_verify()->set_value(true);
  return true;
}

}  // namespace

bool set_tls(Reads& reads, const ListenerPlace& place, const Listener& listener, ServerTLSSettings* out,
             std::vector<Condition>& conditions) {
  const ListenerTls& tls = *listener.tls;
  const auto option = [&](const char* name) {
    const auto found = tls.options.find(name);
    return found == tls.options.end() ? std::string() : found->second;
  };
  if (const auto ciphers = option(kCiphers); !ciphers.empty()) set_ciphers(ciphers, out);
  if (tls.passthrough) {
    out->set_mode(ServerTLSSettings::PASSTHROUGH);
    return true;
  }
  const std::string mode = option(kMode);
  if (mode == "ISTIO_SIMPLE") return refuse(conditions, "InvalidCertificateRef", "option ISTIO_SIMPLE is not honoured");
  return !set_mode(mode, out) ||
         (set_certificates(reads, place.owner, tls, out, conditions) && set_clients(reads, place, mode, out, conditions));
}

}  // namespace amime::source::gateway_api
