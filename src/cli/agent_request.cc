#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>

#include "base/http_client.h"
#include "cli/agent.h"
#include "cli/command.h"

namespace amime::cli {
namespace {

struct AgentRequestFlags {
  std::string method, path, body, ignored;
  unsigned port = 15000;
};

// istioctl parses what this prints, so nothing but the answer is on stdout.
absl::Status ask_envoy(const AgentRequestFlags& flags) {
  base::HttpRequest request;
  request.method = flags.method;
  request.target = flags.path.substr(0, 1) == "/" ? flags.path : "/" + flags.path;
  request.body = flags.body;
  const auto answer = base::HttpClient(fmt::format("localhost:{}", flags.port), std::chrono::seconds(60)).send(request);
  if (!answer.ok()) return answer.status();
  if (answer->status > 399 && answer->status != 404)  // as Istio's does
    return absl::InternalError(fmt::format("{} {} answers {}: {}", flags.method, request.target, answer->status, answer->body));
  fmt::print("{}\n", answer->body);
  return absl::OkStatus();
}

}  // namespace

void add_agent_request(CLI::App& agent, int* exit_code) {
  auto flags = std::make_shared<AgentRequestFlags>();
  auto* command = agent.add_subcommand("request", "Ask the admin port of the Envoy beside it");
  command->add_option("method", flags->method, "GET, POST")->required();
  command->add_option("path", flags->path, "For example config_dump, clusters?format=json")->required();
  command->add_option("body", flags->body, "What to send");
  command->add_option("--debug-port", flags->port, "The port to ask: of Envoy's admin, its health or the agent's")
      ->capture_default_str()
      ->check(CLI::Range(1u, 65535u));
  for (const char* name : {"--log_output_level", "--log_as_json"}) command->add_option(name, flags->ignored)->group("");
  command->footer("Example:\n  amime agent request GET 'clusters?format=json'");
  command->callback([flags, exit_code] { report("agent request", ask_envoy(*flags), exit_code); });
}

}  // namespace amime::cli
