// Whether the proxy beside an agent may be sent traffic, and why not. Asked by the status server.
#pragma once

#include <string>

namespace amime::agent {

struct Readiness {
  bool ready = false;
  std::string reason;  // in words, where it is not ready
};

}  // namespace amime::agent
