#include "agent/agent.h"
#include "agent/edge.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/agent.h"
#include "cli/command.h"
#include "cli/log_flag.h"
#include "local/bootstrap.h"

namespace amime::cli {
namespace {

absl::Status run_agent(const agent::AgentFlags& flags) {
  const auto environment = agent::own_environment();
  auto options = agent::read_options(flags, environment);
  if (!options.ok()) return options.status();
  auto envoy = local::find_envoy(options->envoy);
  if (!envoy.ok()) return envoy.status();
  options->envoy = *std::move(envoy);
  agent::Edge edge;
  agent::Agent agent(*options, [&edge](std::string_view names) { edge.set_names(names); });
  auto status = edge.start(*options, environment, agent);
  if (status.ok()) status = agent.run();
  edge.stop();
  return status;
}

void add_places(CLI::App& command, agent::AgentFlags& flags) {
  command.add_option("--control-plane", flags.control_plane, "HOST:PORT[,HOST:PORT...] (default: discoveryAddress of $PROXY_CONFIG)");
  command.add_option("--control-plane-name", flags.control_plane_name,
                     "The name that its certificate must have (default: $ISTIOD_SAN, the host)");
  command.add_option("--control-plane-roots", flags.control_plane_roots,
                     "PEM file that its certificate must lead to, or SYSTEM (default: $XDS_ROOT_CA, Istio's)");
  command.add_flag("--plaintext", flags.plaintext, "No TLS to the control plane, and no certificate (as controlPlaneAuthPolicy: NONE)");
  command.add_option("--join-token-file", flags.join_token_file, "File with a join token, for the first certificate");
  command.add_option("--identity-dir", flags.identity_dir,
                     "Where key and certificate are kept over restarts; needed where a join token is used up");
  command.add_option("--run-dir", flags.run_dir,
                     "What Istio's relative paths (sockets, tokens, bootstrap) are below of (default: the working directory)");
  command.add_option("--last-good-dir", flags.last_good_dir,
                     "Where the last good configuration is kept (default: last-good beside the bootstrap)");
  command.add_option("--last-good-max-age", flags.last_good_max_age, "How old it may be to be used (default: 24h)");
}

void add_proxy(CLI::App& command, agent::AgentFlags& flags) {
  command.add_option("--namespace", flags.ns, "Default: $POD_NAMESPACE");
  command.add_option("--name", flags.name, "Of the Pod or machine (default: $POD_NAME, the host's name)");
  command.add_option("--service-account", flags.service_account, "Default: $SERVICE_ACCOUNT");
  command.add_option("--ip", flags.ip, "Default: $INSTANCE_IP");
  command.add_option("--envoy", flags.envoy, "Envoy's binary (default: $AMIME_ENVOY, binaryPath, PATH)");
  command.add_option("--address", flags.address,
                     "Address of all these ports, so that several agents share a machine (default: the usual ones)");
  command.add_option("--status-port", flags.status_port, "Of the agent (default: 15020)");
  command.add_option("--admin-port", flags.admin_port, "Of Envoy (default: 15000)");
  command.add_option("--envoy-status-port", flags.envoy_status_port, "Envoy's way to the agent's readiness; 0: none (default: 15021)");
  command.add_option("--stats-port", flags.stats_port, "Of Envoy's statistics; 0: none (default: 15090)");
  command.add_option("--concurrency", flags.concurrency, "Envoy's threads; 0: a core each");
  command.add_option("--proxyLogLevel", flags.log_level, "Envoy's log level, and its components' (warning)");
  command.add_option("--proxyComponentLogLevel", flags.component_log_level, "Log levels of Envoy's components (misc:error)");
  command.add_option("--domain", flags.domain, "As Istio's injection writes it: NAMESPACE.svc.DOMAIN");
  command.add_option("--serviceCluster", flags.service_cluster, "Envoy's --service-cluster");
}

// What Istio's injection may write and nothing here depends on.
void add_ignored(CLI::App& command) {
  for (const char* name : {"--log_output_level", "--log_caller", "--log_target", "--log_stacktrace_level", "--templateFile", "--stsPort",
                           "--tokenManagerPlugin", "--meshConfig", "--outlierLogPath", "--log_rotate"})
    command.add_option(name)->group("");
  for (const char* name : {"--log_as_json", "--profiling"}) command.add_flag(name)->group("");
}

}  // namespace

void add_agent(CLI::App& app, int* exit_code) {
  auto* command = app.add_subcommand("agent", "What runs beside one Envoy: its certificate, its configuration, its life");
  command->require_subcommand(1);
  for (const bool gateway : {false, true}) {
    auto flags = std::make_shared<agent::AgentFlags>();
    flags->gateway = gateway;
    auto* kind = gateway ? command->add_subcommand("gateway", "Beside the Envoy of a gateway (Istio: proxy router)")
                         : command->add_subcommand("sidecar", "Beside the Envoy of a workload (Istio: proxy sidecar)");
    add_places(*kind, *flags);
    add_proxy(*kind, *flags);
    add_ignored(*kind);
    add_log_flag(*kind);
    kind->footer(
        "The environment that Istio's injection writes is understood: PROXY_CONFIG, POD_NAME, ISTIO_META_*, CA_ADDR and so on.\n"
        "Example:\n  amime agent sidecar --control-plane cp1:15012,cp2:15012 --join-token-file token --identity-dir id");
    kind->callback([flags, exit_code] { report("agent", run_agent(*flags), exit_code); });
  }
  add_agent_init(*command, exit_code);
  add_agent_wait(*command, exit_code);
  add_agent_request(*command, exit_code);
}

std::vector<std::string> as_pilot_agent(std::string_view program, std::vector<std::string> arguments) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  if (name == "istio-iptables") arguments.insert(arguments.begin(), {"agent", "istio-iptables"});
  if (name != "pilot-agent" || arguments.empty()) return arguments;
  const std::string& first = arguments[0];
  if (first == "wait" || first == "request" || first == "istio-iptables") {
    arguments.insert(arguments.begin(), "agent");
  } else if (first == "proxy" && arguments.size() > 1) {
    arguments[0] = "agent";
    if (arguments[1] == "router") arguments[1] = "gateway";
  }
  return arguments;
}

}  // namespace amime::cli
