// `amime up DIR...`: the mesh of these directories on this machine, without root: the control plane in this process, one
// real Envoy per workload and gateway, local commands or the built-in echo as applications.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace amime::local {

struct UpOptions {
  std::vector<std::string> dirs;
  std::string mesh_config;                             // file; empty: none
  std::string envoy;                                   // binary; empty: found (envoy_binary.h)
  std::string monitoring_address = "127.0.0.1:15014";  // taken: any free port instead
  int ready_timeout_s = 60;
  bool plaintext = false;  // no agents, no certificates: bare Envoys that speak plain text to each other
};

// What runs, told once every proxy has its configuration.
struct UpReady {
  struct Workload {
    std::string name;       // NAMESPACE/POD
    std::string app;        // "echo v1" or the local command
    std::string address;    // inbound side: what endpoints name
    std::string proxy_url;  // http://IP:PORT, the workload's HTTP proxy into the mesh
  };
  struct Gateway {
    std::string name;               // NAMESPACE/POD
    std::vector<std::string> urls;  // http://IP:PORT
  };
  std::vector<Workload> workloads;
  std::vector<Gateway> gateways;
  std::vector<unsigned> moved_ports;  // service ports that an ordinary user may not bind: each workload has them 10000 higher
  std::string monitoring_url;
};

// Called when all is up; `wait` looks after the mesh for that long and says false once a signal asks to end. What it returns
// ends the run; OK and *stay: it goes on until a signal.
using UpWait = std::function<bool(std::chrono::milliseconds)>;
using UpHook = std::function<absl::Status(const UpReady& ready, const UpWait& wait, bool* stay)>;

// Runs until SIGINT or SIGTERM; nothing that it started is left then, nor after kill -9 of this process.
// InvalidArgument: bad input (exit code 65).
absl::Status run_up(const UpOptions& options, const UpHook& ready = {});

}  // namespace amime::local
