// Whether the proxy beside an agent may be sent traffic, and why not. Asked by the status server.
#pragma once

#include <string>

namespace amime::agent {

struct Readiness {
  bool ready = false;
  std::string reason;  // in words, where it is not ready
};

// Answered by what runs the proxy; outlives whoever asks. Any thread; bounded by a second, for it may have to ask Envoy.
class ReadinessSource {
 public:
  virtual ~ReadinessSource() = default;
  virtual Readiness readiness() = 0;
};

// What an agent says of itself in Prometheus' text format. Any thread; does not block.
class MetricsSource {
 public:
  virtual ~MetricsSource() = default;
  virtual std::string metrics_text() = 0;
};

}  // namespace amime::agent
