// Agent: what `amime agent` runs beside one Envoy. It makes the Envoy's bootstrap, gets its certificate, hands it secrets and
// configuration over Unix sockets, keeps it running and lets it end in good order.
//
// Owned by the command; run() on the main thread. What others ask of it (readiness, metrics, quit, drain) they may ask from any thread,
// from when it is made until it is destroyed.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/options.h"
#include "agent/readiness.h"

namespace amime::agent {

class Agent {
 public:
  // `on_names`: called on the main thread with each table of names for DNS, an encoded istio.networking.nds.v1.NameTable; may be empty.
  // Blocks SIGINT, SIGTERM and SIGHUP in this thread; make it before any other thread is started.
  Agent(AgentOptions options, std::function<void(std::string_view)> on_names);
  ~Agent();

  // Until a signal, quit(), or an Envoy that cannot be kept running: the status says which.
  absl::Status run();

  Readiness readiness();       // bounded by a second, for it may have to ask Envoy
  std::string metrics_text();  // Prometheus' text format
  // The proxy ends at once, without a drain, then the agent.
  void quit();
  // The proxy tells its clients to go elsewhere and still serves. A SIGTERM that follows ends it at once.
  void drain();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace amime::agent
