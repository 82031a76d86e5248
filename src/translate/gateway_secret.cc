// A Secret that a proxy of its namespace may ask for: key pair and chain of a server, or the authorities that sign its clients.
//
// Keys as Istio takes them: tls.crt and tls.key, or cert and key; ca.crt or cacert, in the Secret NAME-cacert or in NAME
// itself; revocation lists ca.crl or crl; tls.ocsp-staple. ConfigMaps hold authorities under the same keys; they are no secret, and
// any proxy may have them.
#include <algorithm>

#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "networking/v1alpha3/gateway.pb.h"
#include "translate/gateway_servers.h"
#include "translate/rules.h"
#include "translate/secret_name.h"

namespace amime::translate {
namespace {

using envoy::extensions::transport_sockets::tls::v3::Secret;
using Data = std::map<std::string, std::string>;

const std::string* value(const Data& data, const char* key) {
  const auto it = data.find(key);
  return it == data.end() || it->second.empty() ? nullptr : &it->second;
}

bool fill_pair(const Data& data, const char* certificate, const char* key, Secret* out) {
  if (value(data, certificate) == nullptr || value(data, key) == nullptr) return false;
  auto* pair = out->mutable_tls_certificate();
  pair->mutable_certificate_chain()->set_inline_bytes(*value(data, certificate));
  pair->mutable_private_key()->set_inline_bytes(*value(data, key));
  if (const auto* staple = value(data, "tls.ocsp-staple")) pair->mutable_ocsp_staple()->set_inline_bytes(*staple);
  return true;
}

bool fill_authorities(const Data& data, const char* authorities, const char* revoked, Secret* out) {
  if (value(data, authorities) == nullptr) return false;
  auto* context = out->mutable_validation_context();
  context->mutable_trusted_ca()->set_inline_bytes(*value(data, authorities));
  if (const auto* list = value(data, revoked)) context->mutable_crl()->set_inline_bytes(*list);
  return true;
}

// The generic keys come first: a Secret may hold both.
bool fill(const SecretRef& ref, const mesh::Object& object, Secret* out) {
  const Data& data = ref.config_map ? object.as<mesh::KubeConfigMap>().data : object.as<mesh::KubeSecret>().data;
  if (ref.authorities || ref.config_map)
    return fill_authorities(data, "cacert", "crl", out) || fill_authorities(data, "ca.crt", "ca.crl", out);
  return fill_pair(data, "cert", "key", out) || fill_pair(data, "tls.crt", "tls.key", out);
}

// The object's name where `ref` is of the authorities in it.
std::string own_name(const SecretRef& ref) {
  return ref.authorities ? ref.name.substr(0, ref.name.size() - kAuthoritySuffix.size()) : ref.name;
}

mesh::ObjectPtr find(View& view, const SecretRef& ref) {
  if (ref.config_map) return view.secret(ref.ns, "configmap/" + own_name(ref));  // see mesh::Mesh::secret
  auto object = view.secret(ref.ns, ref.name);
  return object || !ref.authorities ? object : view.secret(ref.ns, own_name(ref));
}

// Whether a Gateway that the proxy serves may use the Secret wherever it is: those made of Gateway API's name only what they may.
bool is_granted(View& view, std::string_view subject) {
  if (!subject.starts_with(kGatewaySecretScheme) || !view.is_router()) return false;
  for (const auto& gateway : view.gateways()) {
    if (!gateway->derived) continue;
    for (const auto& server : gateway->spec<istio::networking::v1alpha3::Gateway>().servers()) {
      const auto names = secret_names(server);
      if (std::find(names.begin(), names.end(), subject) != names.end()) return true;
    }
  }
  return false;
}

// Says so at every server that names the Secret.
void note(View& view, std::string_view subject, const std::string& text, Product& product) {
  if (!view.is_router()) return;
  for (const auto& gateway : view.gateways()) {
    const auto& spec = gateway->spec<istio::networking::v1alpha3::Gateway>();
    for (int i = 0; i < spec.servers_size(); ++i) {
      const auto names = secret_names(spec.servers(i));
      if (std::find(names.begin(), names.end(), subject) == names.end()) continue;
      product.notes.push_back({gateway->key, "dangling", GatewayServer{gateway, i}.field("tls.credentialName"), text});
    }
  }
}

void config_map(View& view, std::string_view subject, Product& product) {
  const auto ref = *parse_secret_name(subject, "");
  const auto object = find(view, ref);
  Secret secret;
  secret.set_name(std::string(subject));
  if (object && fill(ref, *object, &secret)) {
    product.resources.push_back(make_resource(Type::kSecret, std::string(subject), secret, {}, {object->key}));
    return;
  }
  const char* const wrong = object ? "there is no ca.crt in it" : "there is none of this name";
  product.notes.push_back(
      {{mesh::Kind::kConfigMap, ref.ns, own_name(ref)}, "dangling", "data", std::string(wrong) + ": TLS with it fails"});
}

}  // namespace

void gateway_secret(View& view, std::string_view subject, Product& product) {
  if (subject.starts_with(kConfigMapScheme)) return config_map(view, subject, product);
  const auto ref = parse_secret_name(subject, view.proxy_namespace());
  if (!ref) return note(view, subject, "only Secrets (kubernetes://) and ConfigMaps (configmap://) are served", product);
  // A proxy is trusted with the Secrets of its own namespace, and with others only by a ReferenceGrant.
  if (ref->ns != view.proxy_namespace() && !is_granted(view, subject))
    return note(view, subject, "the Secret is not in the namespace of the gateway's pods", product);
  const auto object = find(view, *ref);
  if (!object)
    return note(view, subject, "there is no Secret " + ref->ns + "/" + ref->name + ": TLS handshakes fail until there is", product);
  Secret secret;
  secret.set_name(std::string(subject));
  if (!fill(*ref, *object, &secret)) return note(view, subject, "Secret " + ref->ns + "/" + ref->name + " lacks the keys for it", product);
  product.resources.push_back(make_resource(Type::kSecret, std::string(subject), secret, {}, {object->key}));
}

}  // namespace amime::translate
