// UpIdentity: who the workloads of `amime up` are: an authority that lives as long as the process, in a private directory that goes
// with it, and how a workload's agent is started so that it gets its certificate.
//
// Used by the main thread.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/process.h"
#include "delivery/control_plane.h"
#include "local/localize.h"

namespace amime::local {

class UpIdentity {
 public:
  // After the plane's first read, which says what the trust domain is. Opens its secure port on loopback. Both outlive it.
  static absl::StatusOr<std::unique_ptr<UpIdentity>> start(delivery::ControlPlane& plane, base::MetricsRegistry& metrics);
  ~UpIdentity();  // the directory is gone then
  UpIdentity(const UpIdentity&) = delete;
  UpIdentity& operator=(const UpIdentity&) = delete;

  // The workload's agent, which starts `envoy`; with a join token that is good once.
  absl::StatusOr<base::ProcessSpec> agent(const Workload& workload, const std::string& envoy) const;
  void turn(std::chrono::system_clock::time_point now);  // cheap; call it often

 private:
  struct Parts;
  explicit UpIdentity(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// The agent's arguments and environment, but for its token; `run_dir` is its own.
base::ProcessSpec agent_process(const Workload& workload, const std::string& envoy, const std::string& run_dir,
                                const std::string& trust_domain);

}  // namespace amime::local
