// What others may ask of a running agent: POST /quitquitquit and POST /drain of the status server.
#pragma once

namespace amime::agent {

// Implemented by what runs the proxy; outlives whoever asks. Any thread; does not block.
class Lifecycle {
 public:
  virtual ~Lifecycle() = default;
  // The proxy ends at once, without a drain, then the agent.
  virtual void quit() = 0;
  // The proxy tells its clients to go elsewhere and still serves. A SIGTERM that follows ends it at once.
  virtual void drain() = 0;
};

}  // namespace amime::agent
