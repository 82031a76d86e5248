#include "local/echo_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "local/echo_server.h"
#include "local/stop_signal.h"

namespace amime::local {

absl::Status run_echo(const EchoOptions& options) {
  StopSignal stop;
  EchoServer server(options.threads);
  auto app = std::make_shared<EchoApp>(options.identity);
  auto listen = [&](const std::string& address, EchoKind kind) {
    auto port = server.listen(address, kind, app);
    if (!port.ok()) return port.status();
    fmt::print("listening on {}:{} ({})\n", address.substr(0, address.rfind(':')), *port, kind == EchoKind::kLines ? "tcp" : "http");
    return absl::OkStatus();
  };
  for (const auto& address : options.listen)
    if (auto status = listen(address, EchoKind::kHttp); !status.ok()) return status;
  for (const auto& address : options.tcp)
    if (auto status = listen(address, EchoKind::kLines); !status.ok()) return status;
  fmt::print("ready\n");
  std::fflush(stdout);
  stop.wait();
  return absl::OkStatus();
}

}  // namespace amime::local
