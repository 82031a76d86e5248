// What interception is to capture. InterceptFlags is what a user (or Istio's injected init container) writes;
// read_intercept_flags checks it and makes InterceptOptions of it, which the rules are a pure function of. Any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace amime::agent {

// Lists are comma separated, as Istio's injector writes them; "*" means everything.
struct InterceptFlags {
  std::string proxy_port = "15001", inbound_port = "15006", tunnel_port = "15008";
  std::string uids = "1337", gids;                       // without gids: those of uids
  std::string mode;                                      // REDIRECT (also if empty) or TPROXY
  std::string inbound_ports, exclude_inbound_ports;      // "*" or a list; what is excluded counts only with "*"
  std::string include_ranges, exclude_ranges;            // outbound, CIDRs
  std::string include_ports, exclude_ports;              // outbound
  std::string virtual_interfaces, exclude_interfaces;    // of virtual machines inside; left alone altogether
  std::string owner_groups = "*", exclude_owner_groups;  // whose outbound connections
  std::string mark = "1337", route_table = "133";        // TPROXY
  std::string loopback = "127.0.0.1/32";
  bool redirect_dns = false, capture_all_dns = false, drop_invalid = false;
};

// What the machine, or pod, is like.
struct InterceptHost {
  bool ipv6 = false;                     // capture IPv6 too
  std::vector<std::string> dns_servers;  // of /etc/resolv.conf
};

struct RangeSet {
  bool all = false;
  std::vector<std::string> v4, v6;  // CIDRs
  bool loopback = false;            // some range is of loopback addresses
};

struct InterceptOptions {
  std::string proxy_port, inbound_port, tunnel_port;
  std::vector<std::string> uids, gids;
  bool tproxy = false;
  bool all_inbound = false;
  std::vector<std::string> inbound_ports, exclude_inbound_ports;
  RangeSet include, exclude;
  std::vector<std::string> include_ports, exclude_ports;
  std::vector<std::string> virtual_interfaces, exclude_interfaces;
  bool all_groups = true;
  std::vector<std::string> owner_groups;  // those that are captured; with all_groups: those that are not
  std::string mark, route_table, loopback;
  bool dns = false, all_dns = false;
  std::vector<std::string> dns_v4, dns_v6;
  bool drop_invalid = false;
  bool ipv6 = false;

  bool captures_inbound() const { return all_inbound || !inbound_ports.empty(); }
};

// All that is wrong at once, each with the flag it stands in. InvalidArgument.
absl::StatusOr<InterceptOptions> read_intercept_flags(const InterceptFlags& flags, const InterceptHost& host);

}  // namespace amime::agent
