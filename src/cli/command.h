// The commands of `amime`: flags in, text out, nothing else. Each add_* registers one subcommand; when the user chose it,
// its callback runs and stores the process's exit code.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace amime::cli {

enum ExitCode { kOk = 0, kFailure = 1, kUsage = 64, kBadInput = 65 };

void add_up(CLI::App& app, int* exit_code);
void add_serve(CLI::App& app, int* exit_code);
void add_agent(CLI::App& app, int* exit_code);
void add_echo(CLI::App& app, int* exit_code);
void add_demo(CLI::App& app, int* exit_code);
void add_keep(CLI::App& app, int* exit_code);
void add_status(CLI::App& app, int* exit_code);
void add_wait(CLI::App& app, int* exit_code);
void add_apply(CLI::App& app, int* exit_code);
void add_token(CLI::App& app, int* exit_code);
void add_version(CLI::App& app, int* exit_code);
void add_completion(CLI::App& app, int* exit_code);

// Says on stderr what went wrong with a command, and as an exit code: bad input, or failure. Nothing if all went well.
void report(const char* command, const absl::Status& status, int* exit_code);

// Parses and runs; what main() calls. Not reentrant.
int run(std::vector<std::string> arguments);

// Istio's images call it pilot-agent: `proxy sidecar|router` is then `agent sidecar|gateway`, `wait`, `request` and `istio-iptables`
// (a program of its own, too) are of `agent`. Other arguments stay as they are.
std::vector<std::string> as_pilot_agent(std::string_view program, std::vector<std::string> arguments);

// A shell's completion script for every subcommand and flag of `app`. Empty: unknown shell.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace amime::cli
