#include "translate/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "envoy/config/core/v3/address.pb.h"

namespace amime::translate {
namespace {

constexpr std::string_view kUnixPrefix = "unix://";

struct Range {
  int family = AF_INET;
  std::array<unsigned char, 16> bytes{};
  std::string prefix;  // as written
  unsigned bits = 0;
  unsigned width() const { return family == AF_INET ? 32 : 128; }
};

std::optional<Range> parse_range(std::string_view text) {
  Range range;
  const auto slash = text.find('/');
  range.prefix = std::string(text.substr(0, slash));
  range.family = range.prefix.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(range.family, range.prefix.c_str(), range.bytes.data()) != 1) return std::nullopt;
  range.bits = range.width();
  if (slash == std::string_view::npos) return range;
  const auto rest = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), range.bits);
  if (error != std::errc() || end != rest.data() + rest.size() || range.bits > range.width()) return std::nullopt;
  return range;
}

}  // namespace

IpFamilies families_of(const std::vector<std::string>& ips) {
  IpFamilies families{false, false};
  for (const auto& ip : ips) (is_ipv6(ip) ? families.v6 : families.v4) = true;
  if (!families.v6) families.v4 = true;
  return families;
}

std::vector<std::string> wildcards(IpFamilies families) {
  if (families.dual()) return {"0.0.0.0", "::"};
  return {families.v6 ? "::" : "0.0.0.0"};
}

std::vector<std::string> local_hosts(IpFamilies families) {
  if (families.dual()) return {"127.0.0.1", "::1"};
  return {families.v6 ? "::1" : "127.0.0.1"};
}

bool is_ip(std::string_view text) { return text.find('/') == std::string_view::npos && parse_range(text).has_value(); }
bool is_ipv6(std::string_view text) { return text.find(':') != std::string_view::npos; }
bool is_unix(std::string_view bind) { return bind.substr(0, kUnixPrefix.size()) == kUnixPrefix; }
bool speaks(IpFamilies families, std::string_view ip) { return is_ipv6(ip) ? families.v6 : families.v4; }

void set_address(std::string_view bind, std::uint32_t port, envoy::config::core::v3::Address* out) {
  if (is_unix(bind)) {
    out->mutable_pipe()->set_path(std::string(bind.substr(kUnixPrefix.size())));
    return;
  }
  out->mutable_socket_address()->set_address(std::string(bind));
  out->mutable_socket_address()->set_port_value(port);
}

bool set_cidr(std::string_view text, envoy::config::core::v3::CidrRange* out) {
  const auto range = parse_range(text);
  if (!range) return false;
  out->set_address_prefix(range->prefix);
  out->mutable_prefix_len()->set_value(range->bits);
  return true;
}

std::string canonical_cidr(std::string_view text) {
  auto range = parse_range(text);
  if (!range || range->prefix == "0.0.0.0") return {};
  for (unsigned bit = range->bits; bit < range->width(); ++bit) range->bytes[bit / 8] &= static_cast<unsigned char>(~(0x80u >> (bit % 8)));
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  inet_ntop(range->family, range->bytes.data(), buffer.data(), buffer.size());
  return fmt::format("{}/{}", buffer.data(), range->bits);
}

}  // namespace amime::translate
