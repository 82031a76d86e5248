#include "agent/intercept/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "agent/intercept/words.h"

namespace amime::agent {
namespace {

constexpr std::size_t kMaxOwnerGroups = 64;  // each is a match of one rule, and a rule cannot have many

bool is_number(std::string_view text, unsigned long from, unsigned long to) {
  if (text.empty() || text.size() > 10 || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  const auto value = std::stoul(std::string(text));
  return value >= from && value <= to;
}

bool is_port(std::string_view text) { return is_number(text, 1, 65535); }
bool is_id(std::string_view text) { return is_number(text, 0, 4294967294ul) || is_plain_word(text); }

// Collects what is wrong; every reader says which flag it reads.
class FlagReader {
 public:
  std::string one(std::string_view flag, const std::string& value, bool good(std::string_view)) {
    if (!good(value)) complain(flag, value);
    return value;
  }

  std::vector<std::string> list(std::string_view flag, const std::string& value, bool good(std::string_view)) {
    auto out = split_commas(value);
    for (const auto& item : out)
      if (!good(item)) complain(flag, item);
    return out;
  }

  RangeSet ranges(std::string_view flag, const std::string& value, bool all_allowed) {
    RangeSet out;
    if (value == "*") {
      out.all = true;
      if (!all_allowed) complain(flag, value);
      return out;
    }
    for (const auto& range : split_commas(value)) {
      const auto cidr = read_cidr(range);
      if (!cidr) {
        complain(flag, range);
        continue;
      }
      (cidr->v6 ? out.v6 : out.v4).push_back(cidr->text);
      out.loopback |= cidr->loopback;
    }
    return out;
  }

  std::string loopback(const std::string& value) {
    const auto cidr = read_cidr(value);
    if (!cidr || cidr->v6 || !cidr->loopback || cidr->bits < 8) complain("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR", value);
    return cidr ? cidr->text : value;
  }

  void complain(std::string_view flag, std::string_view value) {
    problems_ += fmt::format("{}{}: \"{}\" is not valid", problems_.empty() ? "" : "; ", flag, value);
  }
  absl::Status status() const { return problems_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problems_); }

 private:
  std::string problems_;
};

void read_inbound(FlagReader& read, const InterceptFlags& flags, InterceptOptions& out) {
  out.tproxy = flags.mode == "TPROXY";
  if (!out.tproxy && !flags.mode.empty() && flags.mode != "REDIRECT") read.complain("--istio-inbound-interception-mode", flags.mode);
  out.all_inbound = flags.inbound_ports == "*";
  if (!out.all_inbound) out.inbound_ports = read.list("--istio-inbound-ports", flags.inbound_ports, is_port);
  out.exclude_inbound_ports = read.list("--istio-local-exclude-ports", flags.exclude_inbound_ports, is_port);
  out.mark = read.one("--istio-inbound-tproxy-mark", flags.mark, [](std::string_view v) { return is_number(v, 1, 4294967295ul); });
  out.route_table =
      read.one("--istio-inbound-tproxy-route-table", flags.route_table, [](std::string_view v) { return is_number(v, 1, 4294967295ul); });
}

void read_outbound(FlagReader& read, const InterceptFlags& flags, InterceptOptions& out) {
  out.include = read.ranges("--istio-service-cidr", flags.include_ranges, true);
  out.exclude = read.ranges("--istio-service-exclude-cidr", flags.exclude_ranges, false);
  out.include_ports = read.list("--istio-outbound-ports", flags.include_ports, is_port);
  out.exclude_ports = read.list("--istio-local-outbound-ports-exclude", flags.exclude_ports, is_port);
  out.all_groups = flags.owner_groups == "*";
  out.owner_groups = out.all_groups ? read.list("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", flags.exclude_owner_groups, is_id)
                                    : read.list("ISTIO_OUTBOUND_OWNER_GROUPS", flags.owner_groups, is_id);
  if (!out.all_groups && out.owner_groups.size() > kMaxOwnerGroups)
    read.complain("ISTIO_OUTBOUND_OWNER_GROUPS", fmt::format("{} groups, more than {}", out.owner_groups.size(), kMaxOwnerGroups));
}

// Without a server in resolv.conf there is nothing to capture, unless all of port 53 is to be.
void read_dns(const InterceptFlags& flags, const InterceptHost& host, InterceptOptions& out) {
  out.all_dns = flags.redirect_dns && flags.capture_all_dns;
  for (const auto& server : host.dns_servers) {
    const auto cidr = read_address(server);
    if (cidr && flags.redirect_dns && !out.all_dns) (cidr->v6 ? out.dns_v6 : out.dns_v4).push_back(cidr->text);
  }
  out.dns = out.all_dns || !out.dns_v4.empty() || !out.dns_v6.empty();
}

}  // namespace

absl::StatusOr<InterceptOptions> read_intercept_flags(const InterceptFlags& flags, const InterceptHost& host) {
  FlagReader read;
  InterceptOptions out;
  out.proxy_port = read.one("--envoy-port", flags.proxy_port, is_port);
  out.inbound_port = read.one("--inbound-capture-port", flags.inbound_port, is_port);
  out.tunnel_port = read.one("--inbound-tunnel-port", flags.tunnel_port, is_port);
  out.uids = read.list("--proxy-uid", flags.uids, is_id);
  out.gids = read.list("--proxy-gid", flags.gids.empty() ? flags.uids : flags.gids, is_id);
  out.virtual_interfaces = read.list("--kube-virt-interfaces", flags.virtual_interfaces, is_plain_word);
  out.exclude_interfaces = read.list("--istio-exclude-interfaces", flags.exclude_interfaces, is_plain_word);
  out.loopback = read.loopback(flags.loopback);
  out.drop_invalid = flags.drop_invalid;
  out.ipv6 = host.ipv6;
  read_inbound(read, flags, out);
  read_outbound(read, flags, out);
  read_dns(flags, host, out);
  if (auto status = read.status(); !status.ok()) return status;
  return out;
}

}  // namespace amime::agent
