#include "local/up.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/log_flag.h"

namespace amime::cli {

void add_up(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::UpOptions>();
  auto* command = app.add_subcommand("up", "Run the mesh of a directory of YAML on this machine: one real Envoy per workload and gateway");
  command->add_option("dir", options->dirs, "Directories of Kubernetes and Istio YAML; watched")->required();
  command->add_option("--mesh-config", options->mesh_config, "File with the MeshConfig");
  command->add_option("--envoy", options->envoy, "Envoy binary (default: $AMIME_ENVOY, .deps/envoy of the checkout, PATH)");
  command->add_option("--monitoring-address", options->monitoring_address, "ADDR:PORT for /debug and /metrics; any free port if taken")
      ->capture_default_str();
  command->add_option("--ready-timeout", options->ready_timeout_s, "Seconds until every proxy must have its configuration")
      ->capture_default_str();
  command->add_flag("--plaintext", options->plaintext, "Without mutual TLS: bare Envoys instead of agents that give each its certificate");
  add_log_flag(*command, "warn");
  command->footer("Example:\n  amime up examples/bookinfo\n\nCtrl-C ends everything.");
  command->callback([options, exit_code] { report("up", local::run_up(*options), exit_code); });
}

}  // namespace amime::cli
