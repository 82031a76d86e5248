#include "source/gateway_api/authorities.h"

#include <fmt/format.h>

#include <map>

#include "base/pem.h"
#include "source/gateway_api/grants.h"

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;
using Data = std::map<std::string, std::string>;

Authorities no_authority(const char* reason, std::string message) { return {"", reason, std::move(message)}; }

std::string_view bundle_in(const Data& data) {
  for (const char* key : {"cacert", "ca.crt"})
    if (const auto found = data.find(key); found != data.end() && !found->second.empty()) return found->second;
  return {};
}

}  // namespace

Authorities resolve_authorities(Reads& reads, const mesh::ObjectKey& from, const Reference& ref) {
  const bool secret = ref.kind == "Secret";
  if (!ref.group.empty() || (!secret && ref.kind != "ConfigMap"))
    return no_authority("InvalidCACertificateKind",
                        fmt::format("caCertificateRef {} is a {}; only ConfigMaps and Secrets can be", ref.name, ref.kind));
  const std::string ns = ref.ns.empty() ? from.ns : ref.ns;
  const std::string text = fmt::format("{} {}/{}", ref.kind, ns, ref.name);
  if (!may_refer(reads, from, ref, ns))
    return no_authority("RefNotPermitted",
                        fmt::format("caCertificateRef {} is of another namespace, and no ReferenceGrant there allows it", text));
  const auto object = reads.find(secret ? Kind::kSecret : Kind::kConfigMap, ns, ref.name);
  if (!object) return no_authority("InvalidCACertificateRef", fmt::format("there is no {}", text));
  const auto bundle = bundle_in(secret ? object->as<mesh::KubeSecret>().data : object->as<mesh::KubeConfigMap>().data);
  if (bundle.empty()) return no_authority("InvalidCACertificateRef", fmt::format("{} lacks ca.crt", text));
  if (!base::has_certificate(bundle))
    return no_authority("InvalidCACertificateRef", fmt::format("ca.crt of {} is no certificate in PEM", text));
  return {fmt::format("{}://{}/{}", secret ? "kubernetes-gateway" : "configmap", ns, ref.name), nullptr, ""};
}

}  // namespace amime::source::gateway_api
