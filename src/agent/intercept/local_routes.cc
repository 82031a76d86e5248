#include "agent/intercept/local_routes.h"

#include "agent/intercept/rules.h"
#include "agent/intercept/tool.h"

namespace amime::agent {
namespace {

absl::Status ip(const char* family, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), family);
  return run_tool("ip", arguments).status();
}

// Whether `ip` shows something. Where it cannot (it is not there, nor is IPv6), there is nothing.
bool shows(const std::vector<std::string>& arguments, std::string_view word) {
  const auto shown = run_tool("ip", arguments);
  return shown.ok() && shown->find(word) != std::string::npos;
}

absl::Status set_bound_address(bool wanted) {
  if (wanted) return ip("-6", {"addr", "replace", kBoundSourceV6, "dev", "lo"});
  if (!shows({"-6", "addr", "show", "dev", "lo", "to", kBoundSourceV6}, "inet6")) return absl::OkStatus();
  return ip("-6", {"addr", "del", kBoundSourceV6, "dev", "lo"});
}

// `ip rule add` makes a second rule that is equal to the first; so ask before.
absl::Status set_tproxy_route(const char* family, bool wanted, const InterceptOptions& options) {
  const bool there = shows({family, "rule", "show", "fwmark", options.mark, "table", options.route_table}, "lookup");
  const auto change_rule = [&](const char* how) {
    return ip(family, {"rule", how, "fwmark", options.mark, "lookup", options.route_table});
  };
  if (!wanted) {
    if (!there) return absl::OkStatus();
    if (auto status = change_rule("del"); !status.ok()) return status;
    return ip(family, {"route", "flush", "table", options.route_table});
  }
  if (!there)
    if (auto status = change_rule("add"); !status.ok()) return status;
  return ip(family, {"route", "replace", "local", "default", "dev", "lo", "table", options.route_table});
}

absl::Status set_routes(bool tproxy, bool ipv6, const InterceptOptions& options) {
  if (auto status = set_bound_address(ipv6); !status.ok()) return status;
  if (auto status = set_tproxy_route("-4", tproxy, options); !status.ok()) return status;
  return set_tproxy_route("-6", tproxy && ipv6, options);
}

}  // namespace

absl::Status set_local_routes(const InterceptOptions& options) {
  return set_routes(options.tproxy && options.captures_inbound(), options.ipv6, options);
}

absl::Status remove_local_routes(const InterceptOptions& options) { return set_routes(false, false, options); }

}  // namespace amime::agent
