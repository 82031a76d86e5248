// `amime serve`: the control plane as a process: source -> hub -> ADS, with the monitoring port beside them.
#pragma once

#include <absl/status/status.h>

#include <string>

namespace amime::local {

// The flags of `amime serve`; a contract, other programs use them.
struct ServeOptions {
  std::string config_dir;
  std::string xds_address = "127.0.0.1:15010";
  std::string monitoring_address = "127.0.0.1:15014";
  std::string mesh_config;   // file; empty: none
  std::string state_dir;     // last good versions; empty: kept in memory only
  bool strict = false;       // refuse to start with a bad file
  bool allow_empty = false;  // a directory that loses everything is meant so
  double max_delete_share = 0.5;
  // Where proxies prove who they are, and get certificates; empty: nowhere. Needs a state_dir. cacerts_dir: a plugged-in authority.
  // jwt_rule: issuers whose tokens are proofs (token_issuers.h).
  std::string secure_xds_address, cacerts_dir, jwt_rule;
  std::string xds_token_file;                                  // bearer that a peer presents to be served Secrets
  std::string dangling_timeout = "30s", removal_grace = "5s";  // mesh/holds.h; "inf": for ever
  std::string envoy;  // binary that is asked about what a proxy refused; empty: found (bootstrap.h), or none
  std::string rollout_timeout = "30s", rollout_policy = "wait";  // delivery/gate.h
};

// Serves until SIGINT or SIGTERM, which ends within 5 s. InvalidArgument: bad input (exit code 65); anything else: failure.
absl::Status run_serve(const ServeOptions& options);

}  // namespace amime::local
