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

#include "agent/lifecycle.h"
#include "agent/options.h"
#include "agent/readiness.h"

namespace amime::agent {

class Agent final : public ReadinessSource, public MetricsSource, public Lifecycle {
 public:
  // `on_names`: called on the main thread with each table of names for DNS, an encoded istio.networking.nds.v1.NameTable; may be empty.
  // Blocks SIGINT, SIGTERM and SIGHUP in this thread; make it before any other thread is started.
  Agent(AgentOptions options, std::function<void(std::string_view)> on_names);
  ~Agent() override;

  // Until a signal, quit(), or an Envoy that cannot be kept running: the status says which.
  absl::Status run();

  Readiness readiness() override;
  std::string metrics_text() override;
  void quit() override;
  void drain() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace amime::agent
