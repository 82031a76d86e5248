// Where listeners stand: addresses, wildcards by IP family, CIDR ranges. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envoy::config::core::v3 {
class Address;
class CidrRange;
}  // namespace envoy::config::core::v3

namespace amime::translate {

// The IP families of a proxy's own addresses; a proxy that says nothing speaks IPv4.
struct IpFamilies {
  bool v4 = true;
  bool v6 = false;
  bool dual() const { return v4 && v6; }
};
IpFamilies families_of(const std::vector<std::string>& ips);

// The first is the listener's own address; a second one (dual stack) becomes an additional address.
std::vector<std::string> wildcards(IpFamilies families);    // 0.0.0.0, ::
std::vector<std::string> local_hosts(IpFamilies families);  // 127.0.0.1, ::1

bool is_ip(std::string_view text);
bool is_ipv6(std::string_view text);  // of an IP or a CIDR
bool is_unix(std::string_view bind);  // unix://path
bool speaks(IpFamilies families, std::string_view ip);

// `bind` is an IP or unix://path (then the port is ignored).
void set_address(std::string_view bind, std::uint32_t port, envoy::config::core::v3::Address* out);
// `text` is an IP (a range of one) or a CIDR. False: neither, *out is untouched.
bool set_cidr(std::string_view text, envoy::config::core::v3::CidrRange* out);
// The range with its host bits cleared, as text: equal ranges give equal texts ("1.2.3.4/8" and "1.5.6.7/8"). Empty when
// `text` is no range, or the whole of IPv4.
std::string canonical_cidr(std::string_view text);

// `amime up` binds the mesh's ports as an ordinary user. Ports that such a user may not bind are moved up by 10000.
inline constexpr std::uint32_t bindable_port(std::uint32_t port) { return port > 0 && port < 1024 ? port + 10000 : port; }

}  // namespace amime::translate
