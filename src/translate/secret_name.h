// Names under which proxies ask for Secrets (SDS), from the names that users write. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace amime::translate {

inline constexpr std::string_view kSecretScheme = "kubernetes://";
// Of Gateways that were made of Gateway API's: a ReferenceGrant lets them use Secrets of other namespaces.
inline constexpr std::string_view kGatewaySecretScheme = "kubernetes-gateway://";
inline constexpr std::string_view kConfigMapScheme = "configmap://";  // of authorities only: they are no secret
inline constexpr std::string_view kInvalidScheme = "invalid://";      // of what cannot be had: no connection may come about
inline constexpr std::string_view kAuthoritySuffix = "-cacert";       // the authorities that sign clients

// "shop-tls" -> "kubernetes://shop-tls"; a name with a scheme stays.
std::string secret_resource_name(std::string_view credential);

struct SecretRef {
  std::string ns;
  std::string name;
  bool authorities = false;  // name ends in -cacert
  bool config_map = false;
};
// "kubernetes://NAME", "kubernetes://NS/NAME", "kubernetes-gateway://NS/NAME" and "configmap://NS/NAME"; nothing for other schemes.
// `own_ns` where none is named.
std::optional<SecretRef> parse_secret_name(std::string_view resource_name, std::string_view own_ns);

}  // namespace amime::translate
