#include "translate/default_endpoint.h"

#include <charconv>

#include "translate/socket_address.h"

namespace amime::translate {
namespace {

std::string own_ip(View& view, bool v6) {
  for (const auto& ip : view.proxy_ips())
    if (is_ipv6(ip) == v6) return ip;
  return v6 ? "::1" : "127.0.0.1";
}

std::string loopback(View& view, bool prefer_v6) {
  const bool v6 = prefer_v6 ? view.proxy_ipv6() : !view.proxy_ipv4();
  return v6 ? "::1" : "127.0.0.1";
}

}  // namespace

std::optional<SocketTarget> default_endpoint(View& view, std::string_view text) {
  if (is_unix(text)) return SocketTarget{std::string(text), 0};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!view.app_address().empty()) return SocketTarget{std::string(view.app_address()), port};
  if (host == "0.0.0.0" || host == "::") return SocketTarget{own_ip(view, is_ipv6(host)), port};
  if (host == "127.0.0.1" || host == "::1") return SocketTarget{loopback(view, is_ipv6(host)), port};
  return std::nullopt;
}

}  // namespace amime::translate
