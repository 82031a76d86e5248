// Fleet: the processes of `amime up`: for each workload its Envoy and its application (a local command, or the built-in
// echo in this process).
//
// Used by the main thread only: children die with the thread that started them (base/process.h).
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "local/echo_server.h"
#include "local/localize.h"

namespace amime::local {

class Fleet {
 public:
  struct Options {
    // How a workload's proxy is started; none: as a bare Envoy, below.
    std::function<absl::StatusOr<base::ProcessSpec>(const Workload&)> proxy = {};
    std::string envoy;                                                                    // the binary
    std::uint16_t xds_port = 0;                                                           // at 127.0.0.1
    std::string keeper;                                                                   // ProcessSpec::keeper
    std::function<void(const std::string& workload, const std::string& line)> on_output;  // a line that a local command wrote
  };
  explicit Fleet(Options options) : options_(std::move(options)) {}
  ~Fleet() { end(); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Starts what is new, ends what is gone, restarts what changed. An error names the workload; the others go on.
  absl::Status reconcile(const std::vector<Workload>& wanted);

  // Looks after the children; call it often. Returns a sentence for each that ended unasked. A dead Envoy is started
  // again after a second; a local command is not.
  std::vector<std::string> turn();
  // Keys of workloads whose application or Envoy does not run.
  std::vector<std::string> unready() const;

  void end();  // everything, at most 3 s

 private:
  struct Running {
    Workload workload;
    std::unique_ptr<base::Process> envoy, command;
    std::vector<unsigned> echo_ports;  // at the workload's application address
    std::string partial;               // of the command's output: a line not yet ended
    std::chrono::steady_clock::time_point restart_at{};
    bool command_done = false;
  };
  absl::Status start(const Workload& workload);
  absl::Status start_application(Running& running);
  absl::Status start_envoy(Running& running);
  void stop(Running& running);
  void pass_output(Running& running);
  void look_after_envoy(Running& running, std::vector<std::string>* sentences);
  void look_after_command(Running& running, std::vector<std::string>* sentences);

  Options options_;
  EchoServer echo_;
  std::map<std::string, Running> running_;  // by the workload's key
};

// What the built-in echo is for that workload.
EchoIdentity echo_identity(const Workload& workload);
// The variables that a local command finds: AMIME_APP_ADDRESS, AMIME_PORT, AMIME_PORT_<declared>, AMIME_BIND_ADDRESS,
// http_proxy, POD_NAME, POD_NAMESPACE.
std::vector<std::string> command_environment(const Workload& workload);
// Every (IP, port) that the workload's Envoy and application listen on, and the service ports that its Envoy binds.
std::vector<std::pair<std::string, unsigned>> places_of(const Workload& workload, const std::vector<unsigned>& service_ports);

}  // namespace amime::local
