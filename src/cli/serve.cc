#include "local/serve.h"

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
  command->add_option(
      "--secure-xds-address", options->secure_xds_address,
      "ADDR:PORT for ADS over TLS and for certificates, for proxies that prove who they are (Istio's 15012); needs --state-dir");
  command
      ->add_option("--cacerts-dir", options->cacerts_dir,
                   "Directory of a plugged-in authority: ca-cert.pem, ca-key.pem, root-cert.pem, cert-chain.pem; else own roots are made")
      ->envname("ROOT_CA_DIR");
  command
      ->add_option("--jwt-rule", options->jwt_rule,
                   "Whose tokens prove service accounts on the secure port: Istio's JWTRule in JSON, or a list of them")
      ->envname("JWT_RULE");
  command->add_option("--monitoring-address", options->monitoring_address, "ADDR:PORT for /ready, /version, /metrics and /debug")
      ->capture_default_str();
  command->add_option("--mesh-config", options->mesh_config, "File with the MeshConfig");
  command->add_option("--state-dir", options->state_dir, "Directory for what is in force although it is not what is written");
  command->add_flag("--strict", options->strict, "Refuse to start if any file is bad");
  command->add_flag("--allow-empty", options->allow_empty, "A directory that loses all its objects is meant so");
  command
      ->add_option("--max-delete-share", options->max_delete_share,
                   "Losing a larger share of at least 20 objects at once counts as a lost source")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--xds-token-file", options->xds_token_file, "File with the bearer token that a peer presents to be served Secrets");
  command
      ->add_option("--dangling-timeout", options->dangling_timeout,
                   "How long an edit that names what is not there is held back; 0: never, inf: until it is there")
      ->capture_default_str();
  command->add_option("--removal-grace", options->removal_grace, "How long a host, port, subset or server stays after it was removed")
      ->capture_default_str();
  command
      ->add_option("--rollout-timeout", options->rollout_timeout, "How long one proxy may make its own change wait before that is reported")
      ->capture_default_str();
  command->add_option("--rollout-policy", options->rollout_policy, "What happens then: wait, or proceed")
      ->capture_default_str()
      ->check(CLI::IsMember({"wait", "proceed"}));
  command->add_option("--envoy", options->envoy,
                      "Envoy binary that is asked, off the mesh, about what a proxy refused (default: $AMIME_ENVOY, PATH)");
  add_log_flag(*command);
  command->footer("Example:\n  amime serve --config-dir ./mesh\n  curl http://127.0.0.1:15014/debug/syncz");
  command->callback([options, exit_code] { report("serve", local::run_serve(*options), exit_code); });
}

}  // namespace amime::cli
