#include "translate/secret_name.h"

namespace amime::translate {

std::string secret_resource_name(std::string_view credential) {
  if (credential.find("://") != std::string_view::npos) return std::string(credential);
  return std::string(kSecretScheme) + std::string(credential);
}

std::optional<SecretRef> parse_secret_name(std::string_view resource_name, std::string_view own_ns) {
  const bool config_map = resource_name.starts_with(kConfigMapScheme);
  const auto scheme = config_map                                        ? kConfigMapScheme
                      : resource_name.starts_with(kGatewaySecretScheme) ? kGatewaySecretScheme
                                                                        : kSecretScheme;
  if (!resource_name.starts_with(scheme)) return std::nullopt;
  resource_name.remove_prefix(scheme.size());
  SecretRef ref{std::string(own_ns), std::string(resource_name), resource_name.ends_with(kAuthoritySuffix), config_map};
  if (const auto slash = resource_name.find('/'); slash != std::string_view::npos) {
    ref.ns = std::string(resource_name.substr(0, slash));
    ref.name = std::string(resource_name.substr(slash + 1));
  }
  return ref;
}

}  // namespace amime::translate
