#include "translate/service_addresses.h"

#include <algorithm>

#include "translate/socket_address.h"

namespace amime::translate {
namespace {

std::vector<std::string> spoken(View& view, std::vector<std::string> addresses) {
  const IpFamilies families{view.proxy_ipv4(), view.proxy_ipv6()};
  std::erase_if(addresses, [&](const std::string& address) { return !speaks(families, address); });
  return addresses;
}

}  // namespace

std::vector<std::string> addresses_for(View& view, const mesh::Service& service) {
  if (!service.addresses.empty() || service.auto_addresses.empty() || !view.captures_dns()) return service.addresses;
  return spoken(view, service.auto_addresses);
}

std::vector<std::string> addresses_to_dial(View& view, const mesh::Service& service) {
  std::vector<std::string> out = addresses_for(view, service);
  const auto like_the_first = [&](const std::string& address) { return is_ipv6(address) == is_ipv6(out.front()); };
  return std::all_of(out.begin(), out.end(), like_the_first) ? out : spoken(view, std::move(out));
}

}  // namespace amime::translate
