#include "local/echo_command.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/command.h"

namespace amime::cli {

void add_echo(CLI::App& app, int* exit_code) {
  struct Flags {
    local::EchoOptions options;
    std::string delay;
    std::vector<std::string> calls;
    std::string proxy;
  };
  auto flags = std::make_shared<Flags>();
  auto* command = app.add_subcommand("echo", "A small application that says who answered and what it received (HTTP/1.1, HTTP/2, TCP)");
  auto& identity = flags->options.identity;
  command->add_option("--listen", flags->options.listen,
                      "ADDR:PORT for HTTP/1.1 and HTTP/2 without TLS; repeatable (default 127.0.0.1:8080)");
  command->add_option("--tcp", flags->options.tcp, "ADDR:PORT for TCP: answers each line with NAME/VERSION and the line; repeatable");
  command->add_option("--name", identity.name, "Name in the answers")->capture_default_str();
  command->add_option("--version-label", identity.version, "Version in the answers")->capture_default_str();
  command->add_option("--status", identity.status, "Status of the answers")->capture_default_str()->check(CLI::Range(100, 599));
  command->add_option("--delay", flags->delay, "Wait before each answer: 500ms, 2s");
  command->add_option("--call", flags->calls, "URL to call on every request; its answer becomes part of ours; repeatable");
  command->add_option("--call-proxy", flags->proxy, "ADDR:PORT of the HTTP proxy for --call");
  command->add_option("--threads", flags->options.threads, "Threads; 0: one a core")->capture_default_str();
  command->footer(
      "A request can ask for its answer: headers x-echo-status: 503, x-echo-delay: 500ms, x-echo-set: name=value,\n"
      "x-echo-fail: 2 (the first two fail), x-echo-reset: 1.\n\n"
      "Example:\n  amime echo --listen 127.0.0.1:8080 --name reviews --version-label v2\n  curl -H 'x-echo-status: 503' "
      "http://127.0.0.1:8080/");
  command->callback([flags, exit_code] {
    auto& options = flags->options;
    options.identity.delay = local::parse_delay(flags->delay);
    for (const auto& url : flags->calls) options.identity.calls.push_back({url, flags->proxy});
    if (options.listen.empty() && options.tcp.empty()) options.listen = {"127.0.0.1:8080"};
    if (auto status = local::run_echo(options); !status.ok()) {
      fmt::print(stderr, "amime echo: {}\n", std::string(status.message()));
      *exit_code = kFailure;
    }
  });
}

}  // namespace amime::cli
