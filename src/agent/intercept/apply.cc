#include "agent/intercept/apply.h"

#include <fmt/format.h>

#include "agent/intercept/iptables_writer.h"
#include "agent/intercept/local_routes.h"
#include "agent/intercept/nft_writer.h"
#include "agent/intercept/tool.h"

namespace amime::agent {
namespace {

std::string iptables_tool(const ApplyHow& how, bool v6, std::string_view what) {
  return fmt::format("ip{}tables-{}{}{}", v6 ? "6" : "", how.iptables_binary, how.iptables_binary.empty() ? "" : "-", what);
}

absl::Status apply_family(const std::vector<FilterRule>& rules, bool v6, const ApplyHow& how) {
  std::string saved;
  const std::string restore = iptables_tool(how, v6, "restore");
  if (!how.dry_run) {
    auto state = run_tool(iptables_tool(how, v6, "save"), {});
    if (!state.ok()) return state.status();
    saved = *std::move(state);
  }
  const std::string script = iptables_script(rules, v6, saved, how.even_if_equal);
  if (script.empty()) {
    how.say(fmt::format("{}: in place already", v6 ? "IPv6" : "IPv4"));
    return absl::OkStatus();
  }
  how.say(fmt::format("{} --noflush:\n{}", restore, script));
  if (how.dry_run) return absl::OkStatus();
  return run_tool(restore, {"--noflush", "--wait", "20"}, script).status();
}

// Where IPv6 is not captured (any more), rules of it may be left from before. Where there is no ip6tables, there are none.
absl::Status apply_iptables(const std::vector<FilterRule>& rules, const InterceptOptions& options, const ApplyHow& how) {
  if (auto status = apply_family(rules, false, how); !status.ok()) return status;
  if (options.ipv6) return apply_family(rules, true, how);
  if (how.dry_run) return absl::OkStatus();
  if (const auto status = apply_family({}, true, how); !status.ok()) how.say(fmt::format("IPv6: {}", std::string(status.message())));
  return absl::OkStatus();
}

absl::Status apply_nftables(const std::vector<FilterRule>& rules, const InterceptOptions& options, const ApplyHow& how) {
  const std::string script = nft_script(rules, options.ipv6);
  how.say("nft -f -:\n" + script);
  if (how.dry_run) return absl::OkStatus();
  return run_tool("nft", {"-f", "-"}, script).status();
}

}  // namespace

absl::Status apply_interception(const InterceptOptions& options, const ApplyHow& how) {
  const auto rules = how.cleanup ? std::vector<FilterRule>() : interception_rules(options);
  auto status = how.native_nftables ? apply_nftables(rules, options, how) : apply_iptables(rules, options, how);
  if (!status.ok() || how.dry_run) return status;
  return how.cleanup ? remove_local_routes(options) : set_local_routes(options);
}

}  // namespace amime::agent
