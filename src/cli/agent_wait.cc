#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>
#include <thread>

#include "base/http_client.h"
#include "cli/agent.h"
#include "cli/command.h"

namespace amime::cli {
namespace {

struct AgentWaitFlags {
  int timeout_seconds = 60, period = 500, request_timeout = 500;
  std::string url = "http://localhost:15021/healthz/ready", ignored;
};

absl::Status wait_for_envoy(const AgentWaitFlags& flags) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(flags.timeout_seconds);
  for (;;) {
    const auto answer = base::http_fetch(flags.url, {}, {}, std::chrono::milliseconds(flags.request_timeout));
    if (answer.ok() && answer->status == 200) return absl::OkStatus();
    if (absl::IsInvalidArgument(answer.status())) return answer.status();
    const std::string why = answer.ok() ? fmt::format("it answers {}", answer->status) : std::string(answer.status().message());
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return absl::DeadlineExceededError(fmt::format("not ready within {} s: {}", flags.timeout_seconds, why));
    std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds(flags.period)));
  }
}

}  // namespace

void add_agent_wait(CLI::App& agent, int* exit_code) {
  auto flags = std::make_shared<AgentWaitFlags>();
  auto* command = agent.add_subcommand("wait", "Wait until the Envoy beside it is ready");
  command->add_option("--timeoutSeconds", flags->timeout_seconds, "How long")->capture_default_str()->check(CLI::NonNegativeNumber);
  command->add_option("--periodMillis", flags->period, "Between two questions")->capture_default_str()->check(CLI::Range(1, 3'600'000));
  command->add_option("--requestTimeoutMillis", flags->request_timeout, "For one answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'600'000));
  command->add_option("--url", flags->url, "Whom to ask; 200 is ready")->capture_default_str();
  for (const char* name : {"--log_output_level", "--log_as_json"}) command->add_option(name, flags->ignored)->group("");
  command->callback([flags, exit_code] { report("agent wait", wait_for_envoy(*flags), exit_code); });
}

}  // namespace amime::cli
