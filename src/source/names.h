// Which strings are names, hosts, addresses: the rules of DNS-1123 and of Istio's API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::source {

bool is_dns_label(std::string_view text);   // [a-z0-9]([-a-z0-9]*[a-z0-9])?, at most 63
bool is_dns_name(std::string_view text);    // Kubernetes' object names: such labels with dots between, at most 253
bool is_ip(std::string_view text);          // IPv4 or IPv6 (a zone is allowed)
bool is_ip_or_cidr(std::string_view text);  // the same, or ADDRESS/BITS
bool is_port(std::int64_t number);          // 1 to 65535

// Each returns what is wrong with the name; empty if nothing is.
std::string wrong_with_fqdn(std::string_view host);           // labels may have capitals; a last dot is allowed
std::string wrong_with_wildcard_host(std::string_view host);  // the same, or with "*" at the front of the first label
std::string wrong_with_unix_path(std::string_view path);      // what follows unix://

inline constexpr std::string_view kUnixPrefix = "unix://";

}  // namespace amime::source
