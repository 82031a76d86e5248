#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <memory>

#include "agent/dns/resolv_conf.h"
#include "agent/intercept/apply.h"
#include "agent/intercept/host.h"
#include "agent/intercept/probe.h"
#include "cli/agent.h"
#include "cli/command.h"
#include "source/duration.h"

namespace amime::cli {
namespace {

constexpr int kNotCaptured = 126;  // what Istio's CNI repair looks for

struct InitFlags {
  agent::InterceptFlags intercept;
  agent::ApplyHow how;
  std::string network_namespace, probe_timeout = "5s", ignored;
  std::uint16_t probe_port = 15002;
  bool dual_stack = false, skip_apply = false, validate = false, reconcile = false, cni_mode = false;
};

std::string env_or(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value ? value : fallback;
}

// Istio's second names for some switches.
bool env_says_yes(const char* name) {
  const std::string value = env_or(name, "");
  return value == "true" || value == "1" || value == "TRUE" || value == "True" || value == "t" || value == "T";
}

void read_environment(InitFlags& flags) {
  auto& to = flags.intercept;
  to.owner_groups = env_or("ISTIO_OUTBOUND_OWNER_GROUPS", to.owner_groups);
  to.exclude_owner_groups = env_or("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", to.exclude_owner_groups);
  to.loopback = env_or("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR", to.loopback);
  if (to.uids.empty()) to.uids = agent::uid_of(env_or("ENVOY_USER", "istio-proxy"));
  to.redirect_dns |= env_says_yes("ISTIO_META_DNS_CAPTURE");
  to.drop_invalid |= env_says_yes("INVALID_DROP");
  flags.dual_stack |= env_says_yes("ISTIO_DUAL_STACK");
}

absl::StatusOr<agent::InterceptHost> look_at_host(const InitFlags& flags) {
  agent::InterceptHost host;
  const auto ipv6 = agent::host_uses_ipv6(flags.dual_stack);
  if (!ipv6.ok() && !flags.how.cleanup && !flags.how.dry_run) return ipv6.status();
  host.ipv6 = ipv6.ok() && *ipv6;
  if (!flags.intercept.redirect_dns || flags.intercept.capture_all_dns) return host;
  auto resolv = agent::read_resolv_conf("/etc/resolv.conf");
  if (!resolv.ok()) return resolv.status();
  host.dns_servers = std::move(resolv->servers);
  if (host.dns_servers.empty()) fmt::print(stderr, "amime agent init: /etc/resolv.conf names no server, so DNS is not captured\n");
  return host;
}

absl::Status validate(const InitFlags& flags, const agent::InterceptOptions& options, int* exit_code) {
  const auto nanoseconds = source::parse_duration(flags.probe_timeout);
  if (!nanoseconds) return absl::InvalidArgumentError(fmt::format("--probe-timeout: \"{}\" is no duration", flags.probe_timeout));
  agent::ProbeOptions probe;
  probe.proxy_port = static_cast<std::uint16_t>(std::stoul(options.proxy_port));
  probe.inbound_port = static_cast<std::uint16_t>(std::stoul(options.inbound_port));
  probe.probe_port = flags.probe_port;
  probe.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(*nanoseconds));
  probe.ipv6 = options.ipv6;
  const auto status = agent::probe_interception(probe);
  if (status.ok()) return status;
  fmt::print(stderr,
             "amime agent init: interception is not in force: {}. Where a CNI plugin sets it up, this node may not have been ready.\n",
             std::string(status.message()));
  *exit_code = kNotCaptured;
  return absl::OkStatus();
}

absl::Status run_init(InitFlags flags, int* exit_code) {
  read_environment(flags);
  if (!flags.network_namespace.empty())
    if (auto status = agent::enter_network_namespace(flags.network_namespace); !status.ok()) return status;
  const auto host = look_at_host(flags);
  if (!host.ok()) return host.status();
  const auto options = agent::read_intercept_flags(flags.intercept, *host);
  if (!options.ok()) return options.status();
  // What a dry run would do is its result; else it is what an operator reads in the init container's log.
  flags.how.say = [to = flags.how.dry_run ? stdout : stderr](std::string_view words) { fmt::print(to, "{}\n", words); };
  if (!flags.skip_apply)
    if (auto status = agent::apply_interception(*options, flags.how); !status.ok()) return status;
  return flags.validate ? validate(flags, *options, exit_code) : absl::OkStatus();
}

void add_ports_and_ranges(CLI::App& command, agent::InterceptFlags& to) {
  const auto add = [&command](const char* names, std::string& value, const char* env, const char* help) {
    auto* option = command.add_option(names, value, help)->capture_default_str();
    if (*env) option->envname(env);
  };
  add("-p,--envoy-port", to.proxy_port, "", "Where outbound connections are sent");
  add("-z,--inbound-capture-port", to.inbound_port, "INBOUND_CAPTURE_PORT", "Where inbound connections are sent");
  add("-e,--inbound-tunnel-port", to.tunnel_port, "INBOUND_TUNNEL_PORT", "Envoy's port for HBONE; left alone");
  add("-u,--proxy-uid", to.uids, "PROXY_UID", "Users whose connections are left alone: Envoy's and the agent's");
  add("-g,--proxy-gid", to.gids, "PROXY_GID", "Groups likewise; those of --proxy-uid unless said");
  add("-m,--istio-inbound-interception-mode", to.mode, "ISTIO_INBOUND_INTERCEPTION_MODE",
      "REDIRECT, or TPROXY, which keeps source addresses");
  add("-b,--istio-inbound-ports", to.inbound_ports, "ISTIO_INBOUND_PORTS", "Inbound ports to capture: *, a list, or nothing");
  add("-d,--istio-local-exclude-ports", to.exclude_inbound_ports, "ISTIO_LOCAL_EXCLUDE_PORTS",
      "Inbound ports to leave alone, where * are captured");
  add("-c,--istio-exclude-interfaces", to.exclude_interfaces, "ISTIO_EXCLUDE_INTERFACES", "Network interfaces to leave alone");
  add("-i,--istio-service-cidr", to.include_ranges, "ISTIO_SERVICE_CIDR", "Outbound ranges to capture: *, a list of CIDRs, or nothing");
  add("-x,--istio-service-exclude-cidr", to.exclude_ranges, "ISTIO_SERVICE_EXCLUDE_CIDR", "Outbound ranges to leave alone");
  add("-q,--istio-outbound-ports", to.include_ports, "ISTIO_OUTBOUND_PORTS", "Outbound ports to capture whatever the range");
  add("-o,--istio-local-outbound-ports-exclude", to.exclude_ports, "ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE", "Outbound ports to leave alone");
  add("-k,--kube-virt-interfaces", to.virtual_interfaces, "KUBE_VIRT_INTERFACES",
      "Interfaces of virtual machines inside: theirs is outbound");
  add("-t,--istio-inbound-tproxy-mark", to.mark, "ISTIO_INBOUND_TPROXY_MARK", "TPROXY: the mark of captured packets");
  add("-r,--istio-inbound-tproxy-route-table", to.route_table, "ISTIO_INBOUND_TPROXY_ROUTE_TABLE", "TPROXY: the routing table for them");
}

void add_switches(CLI::App& command, InitFlags& to) {
  const auto add = [&command](const char* names, bool& value, const char* env, const char* help) {
    command.add_flag(names, value, help)->envname(env);
  };
  add("--redirect-dns", to.intercept.redirect_dns, "REDIRECT_DNS", "Send DNS to the agent's proxy (also ISTIO_META_DNS_CAPTURE)");
  add("--capture-all-dns", to.intercept.capture_all_dns, "CAPTURE_ALL_DNS", "All of port 53, not only the servers of /etc/resolv.conf");
  add("--drop-invalid", to.intercept.drop_invalid, "DROP_INVALID", "Drop packets outside their connection's window (also INVALID_DROP)");
  add("--dual-stack", to.dual_stack, "DUAL_STACK", "IPv6 too, where the first address is IPv4 (also ISTIO_DUAL_STACK)");
  add("-n,--dry-run", to.how.dry_run, "DRY_RUN", "Print what would be run");
  add("--cleanup-only,--cleanup", to.how.cleanup, "CLEANUP_ONLY", "Take away what is there, add nothing");
  add("--force-apply", to.how.even_if_equal, "FORCE_APPLY", "Apply though the same is in place");
  add("--reconcile", to.reconcile, "RECONCILE", "As always: what was there before is replaced");
  add("--native-nftables", to.how.native_nftables, "NATIVE_NFTABLES", "By nft, in tables of our own");
  add("--skip-rule-apply", to.skip_apply, "SKIP_RULE_APPLY", "Change nothing");
  add("--run-validation", to.validate, "RUN_VALIDATION", "Then see whether connections are captured; exit 126 if not");
  add("--cni-mode", to.cni_mode, "CNI_MODE", "Taken for Istio's sake");
  command.add_option("--force-iptables-binary", to.how.iptables_binary, "legacy or nft")
      ->envname("FORCE_IPTABLES_BINARY")
      ->check(CLI::IsMember({"", "legacy", "nft"}));
  command.add_option("--network-namespace", to.network_namespace, "Path of the network namespace to work in")->envname("NETWORK_NAMESPACE");
  command.add_option("--iptables-probe-port", to.probe_port, "Port that the validation connects to")->envname("IPTABLES_PROBE_PORT");
  command.add_option("--probe-timeout", to.probe_timeout, "How long it tries")->envname("PROBE_TIMEOUT")->capture_default_str();
  for (const char* name : {"--log_output_level", "--log_as_json", "--log_target", "--log_stacktrace_level"})
    command.add_option(name, to.ignored, "Taken for Istio's sake")->group("");
}

void add_init(CLI::App& agent, const char* name, const agent::InterceptFlags& defaults, bool hidden, int* exit_code) {
  auto flags = std::make_shared<InitFlags>();
  flags->intercept = defaults;
  auto* command = agent.add_subcommand(name, "Send this network namespace's connections through its Envoy");
  if (hidden) command->group("");
  add_ports_and_ranges(*command, flags->intercept);
  add_switches(*command, *flags);
  command->footer("Example:\n  amime agent init -u 1337 -d 15090,15021,15020 --redirect-dns\n  amime agent init --cleanup");
  command->callback([flags, exit_code] { report("agent init", run_init(*flags, exit_code), exit_code); });
}

}  // namespace

void add_agent_init(CLI::App& agent, int* exit_code) {
  agent::InterceptFlags istio;
  istio.uids = "";  // that of ENVOY_USER
  agent::InterceptFlags usual;
  usual.inbound_ports = usual.include_ranges = "*";
  usual.exclude_inbound_ports = "15090,15021,15020";
  add_init(agent, "init", usual, false, exit_code);
  add_init(agent, "istio-iptables", istio, true, exit_code);
}

}  // namespace amime::cli
