#include "local/serve.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "base/log.h"
#include "cli/command.h"
#include "cli/log_flag.h"

namespace amime::cli {

void add_serve(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::ServeOptions>();
  auto* command = app.add_subcommand("serve", "The control plane: reads a directory of Kubernetes and Istio YAML, serves Envoys over xDS");
  command->add_option("--config-dir", options->config_dir, "Directory of *.yaml, *.yml, *.json; watched")->required();
  command->add_option("--xds-address", options->xds_address, "ADDR:PORT for ADS (gRPC, plaintext)")->capture_default_str();
  command->add_option("--monitoring-address", options->monitoring_address, "ADDR:PORT for /ready, /version, /metrics and /debug")
      ->capture_default_str();
  command->add_option("--mesh-config", options->mesh_config, "File with the MeshConfig");
  command->add_option("--state-dir", options->state_dir, "Directory for the last good version of objects that are bad now");
  command->add_flag("--strict", options->strict, "Refuse to start if any file is bad");
  command->add_flag("--allow-empty", options->allow_empty, "A directory that loses all its objects is meant so");
  command
      ->add_option("--max-delete-share", options->max_delete_share,
                   "Losing a larger share of at least 20 objects at once counts as a lost source")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--xds-token-file", options->xds_token_file, "File with the bearer token that a peer presents to be served Secrets");
  add_log_flag(*command);
  command->footer("Example:\n  amime serve --config-dir ./mesh\n  curl http://127.0.0.1:15014/debug/syncz");
  command->callback([options, exit_code] {
    const auto status = local::run_serve(*options);
    if (status.ok()) return;
    fmt::print(stderr, "amime serve: {}\n", std::string(status.message()));
    *exit_code = absl::IsInvalidArgument(status) ? kBadInput : kFailure;
  });
}

}  // namespace amime::cli
