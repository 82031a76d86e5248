// `amime echo`: the echo application as a process.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "local/echo.h"

namespace amime::local {

struct EchoOptions {
  std::vector<std::string> listen;  // ADDR:PORT for HTTP/1.1 and HTTP/2
  std::vector<std::string> tcp;     // ADDR:PORT for lines
  EchoIdentity identity;
  int threads = 0;  // 0: one a core
};

// Serves until SIGINT or SIGTERM. Prints "listening on ADDR:PORT (http|tcp)" for each listener, then "ready".
absl::Status run_echo(const EchoOptions& options);

}  // namespace amime::local
