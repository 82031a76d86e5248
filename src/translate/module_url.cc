#include "translate/module_url.h"

#include <charconv>

namespace amime::translate {

ModuleUrl parse_module_url(std::string_view url) {
  ModuleUrl out;
  const auto colon = url.find("://");
  out.scheme = colon == std::string_view::npos ? "oci" : url.substr(0, colon);
  if (colon == std::string_view::npos) return out;
  const std::string_view rest = url.substr(colon + 3);
  if (out.scheme == "file") out.path = rest;
  if (out.scheme != "http" && out.scheme != "https") return out;
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  authority.remove_prefix(authority.find('@') == std::string_view::npos ? 0 : authority.find('@') + 1);
  out.port = out.tls() ? 443 : 80;
  const auto end = authority.starts_with('[') ? authority.find(']') : authority.rfind(':');
  const auto digits = end == std::string_view::npos ? end : authority.find(':', end);
  if (digits != std::string_view::npos) {
    const auto text = authority.substr(digits + 1);
    const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), out.port);
    if (failed != std::errc() || stop != text.data() + text.size() || out.port == 0 || out.port > 65535) return out;  // no host
  }
  std::string_view host = authority.substr(0, digits);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  out.host = host;
  return out;
}

}  // namespace amime::translate
