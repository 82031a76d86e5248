#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>

#include "base/time.h"
#include "cli/command.h"
#include "identity/join_tokens.h"
#include "source/duration.h"

namespace amime::cli {
namespace {

using identity::JoinTokens;

JoinTokens tokens_in(const std::string& state_dir) { return JoinTokens(state_dir + "/tokens"); }

absl::Status create(const std::string& state_dir, const std::string& workload, const std::string& ttl) {
  const auto parsed = identity::parse_workload(workload);
  if (!parsed) return absl::InvalidArgumentError(fmt::format("--workload: \"{}\" is no NAMESPACE/SERVICE_ACCOUNT", workload));
  const auto nanoseconds = source::parse_duration(ttl);
  if (!nanoseconds) return absl::InvalidArgumentError(fmt::format("--ttl: \"{}\" is no duration (1h, 30m)", ttl));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds(*nanoseconds));
  const auto made = tokens_in(state_dir).create(*parsed, seconds, std::chrono::system_clock::now());
  if (!made.ok()) return made.status();
  fmt::print(stderr, "token {} for {}, good once, until {}\n", made->entry.id, workload, base::rfc3339(made->entry.expires));
  fmt::print("{}\n", made->token.reveal());  // alone on stdout, for TOKEN=$(amime token create ...)
  return absl::OkStatus();
}

absl::Status list(const std::string& state_dir) {
  const auto all = tokens_in(state_dir).list();
  if (!all.ok()) return all.status();
  fmt::print("{:<18}{:<32}{}\n", "ID", "WORKLOAD", "EXPIRES");
  for (const auto& entry : *all) fmt::print("{:<18}{:<32}{}\n", entry.id, to_string(entry.workload), base::rfc3339(entry.expires));
  return absl::OkStatus();
}

struct Flags {
  std::string state_dir, workload, ttl = "1h", id;
};

void add_state_dir(CLI::App& command, const std::shared_ptr<Flags>& flags) {
  command.add_option("--state-dir", flags->state_dir, "The control plane's --state-dir")->required();
}

}  // namespace

void add_token(CLI::App& app, int* exit_code) {
  auto flags = std::make_shared<Flags>();
  auto* command = app.add_subcommand("token", "Join tokens: how a workload without Kubernetes gets its first certificate");
  command->require_subcommand(1);

  auto* make = command->add_subcommand("create", "Make one; it is shown once, and good for one certificate");
  make->add_option("--workload", flags->workload, "NAMESPACE/SERVICE_ACCOUNT that it proves its bearer to be")->required();
  make->add_option("--ttl", flags->ttl, "How long it is good (at most 720h)")->capture_default_str();
  add_state_dir(*make, flags);
  make->callback([flags, exit_code] { report("token create", create(flags->state_dir, flags->workload, flags->ttl), exit_code); });

  auto* show = command->add_subcommand("list", "Those that are neither used nor revoked");
  add_state_dir(*show, flags);
  show->callback([flags, exit_code] { report("token list", list(flags->state_dir), exit_code); });

  auto* revoke = command->add_subcommand("revoke", "End one before it is used");
  revoke->add_option("id", flags->id, "Its ID, as create and list show it")->required();
  add_state_dir(*revoke, flags);
  revoke->callback([flags, exit_code] { report("token revoke", tokens_in(flags->state_dir).revoke(flags->id), exit_code); });

  command->footer("Example:\n  amime token create --workload shop/cart --ttl 1h --state-dir /var/lib/amime");
}

}  // namespace amime::cli
