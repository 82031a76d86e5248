#include "source/names.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace amime::source {
namespace {

constexpr std::size_t kLongestDnsLabel = 63;
constexpr std::size_t kLongestDnsName = 253;
constexpr std::size_t kLongestHost = 255;

bool decimal_digit(char c) { return c >= '0' && c <= '9'; }
bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool letter(char c) { return lower(c) || (c >= 'A' && c <= 'Z'); }

// A label as Istio takes it: capitals allowed.
bool is_label(std::string_view text) {
  if (text.empty() || text.size() > kLongestDnsLabel || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return letter(c) || decimal_digit(c) || c == '-'; });
}

// "*", "*-foo", "*foo", "foo"
bool is_wildcard_label(std::string_view text) {
  if (text == "*") return true;
  if (text.size() > kLongestDnsLabel) return false;
  if (text.starts_with("*-"))
    text.remove_prefix(2);
  else if (text.starts_with("*"))
    text.remove_prefix(1);
  return is_label(text);
}

std::string wrong_length(std::string_view host) {
  if (host.empty()) return "must not be empty";
  if (host.size() > kLongestHost) return fmt::format("is longer than {} characters", kLongestHost);
  return {};
}

std::string wrong_labels(std::string_view whole, std::string_view labels) {
  const auto last_dot = labels.rfind('.');
  const std::string_view top = last_dot == std::string_view::npos ? labels : labels.substr(last_dot + 1);
  if (!top.empty() && std::all_of(top.begin(), top.end(), decimal_digit))
    return fmt::format("\"{}\" is not a host name: its last label is a number", whole);
  for (std::string_view rest = labels;;) {
    const auto dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    const bool last = dot == std::string_view::npos;
    if (!(last && label.empty()) && !is_label(label)) return fmt::format("\"{}\" is not a host name: bad label \"{}\"", whole, label);
    if (last) return {};
    rest = rest.substr(dot + 1);
  }
}

}  // namespace

bool is_dns_label(std::string_view text) {
  return is_label(text) && std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_dns_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestDnsName) return false;
  for (std::string_view rest = text;;) {
    const auto dot = rest.find('.');
    std::string_view label = rest.substr(0, dot);
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) { return lower(c) || decimal_digit(c) || c == '-'; });
    if (label.empty() || !plain || label.front() == '-' || label.back() == '-') return false;
    if (dot == std::string_view::npos) return true;
    rest = rest.substr(dot + 1);
  }
}

bool is_ip(std::string_view text) {
  std::string address(text);
  if (const auto zone = address.find('%'); zone != std::string::npos && address.find(':') != std::string::npos) address.resize(zone);
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, address.c_str(), bytes) == 1 || inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

bool is_ip_or_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_ip(text);
  const std::string_view address = text.substr(0, slash), bits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), length);
  const unsigned most = address.find(':') == std::string_view::npos ? 32 : 128;
  return error == std::errc() && end == bits.data() + bits.size() && length <= most && is_ip(address) &&
         address.find('%') == std::string_view::npos;
}

bool is_port(std::int64_t number) { return number >= 1 && number <= 65535; }

std::string wrong_with_fqdn(std::string_view host) {
  std::string wrong = wrong_length(host);
  return wrong.empty() ? wrong_labels(host, host) : wrong;
}

std::string wrong_with_wildcard_host(std::string_view host) {
  std::string wrong = wrong_length(host);
  if (!wrong.empty()) return wrong;
  const auto dot = host.find('.');
  if (!is_wildcard_label(host.substr(0, dot))) return fmt::format("\"{}\" is not a host name: bad label \"{}\"", host, host.substr(0, dot));
  return dot == std::string_view::npos ? std::string() : wrong_labels(host, host.substr(dot + 1));
}

std::string wrong_with_unix_path(std::string_view path) {
  if (path.empty()) return "the path of a Unix socket must not be empty";
  if (path.starts_with('@')) return {};
  if (!path.starts_with('/') || path.ends_with('/')) return fmt::format("\"{}\" is not an absolute path of a file", path);
  return {};
}

}  // namespace amime::source
