#include "local/status.h"
#include "local/apply.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/command.h"
#include "source/duration.h"

namespace amime::cli {
namespace {

void add_address(CLI::App& command, std::string* address) {
  command.add_option("--monitoring-address", *address, "ADDR:PORT of the control plane's monitoring port")->capture_default_str();
}

void add_timeout(CLI::App& command, std::string* text) {
  command.add_option("--timeout", *text, "How long to wait (60s, 5m)")->capture_default_str()->check([](const std::string& value) {
    const auto parsed = source::parse_duration(value);
    return parsed && *parsed >= 0 ? std::string() : "\"" + value + "\" is no duration";
  });
}

std::chrono::milliseconds milliseconds(const std::string& text) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(*source::parse_duration(text)));
}

}  // namespace

void add_status(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::StatusOptions>();
  auto* command = app.add_subcommand("status", "What is in force, what is on its way, what is held back and why");
  command->add_option("object", options->object, "KIND/NAME or KIND/NAMESPACE/NAME; without it whatever is not simply in force");
  command->add_option("-o,--output", options->output, "text, wide (every object) or json")->check(CLI::IsMember({"text", "wide", "json"}));
  add_address(*command, &options->monitoring_address);
  command->footer("Example:\n  amime status\n  amime status VirtualService/reviews -o json");
  command->callback([options, exit_code] { report("status", local::run_status(*options), exit_code); });
}

void add_wait(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::WaitOptions>();
  auto timeout = std::make_shared<std::string>("60s"), until = std::make_shared<std::string>("in-force");
  auto* command = app.add_subcommand("wait", "Wait until every proxy has acknowledged an object");
  command->add_option("object", options->objects, "KIND/NAME or KIND/NAMESPACE/NAME")->required();
  command->add_option("--for", *until, "What to wait for")->check(CLI::IsMember({"in-force"}));
  add_timeout(*command, timeout.get());
  add_address(*command, &options->monitoring_address);
  command->footer("Example:\n  amime wait VirtualService/reviews --for=in-force --timeout=60s");
  command->callback([options, timeout, until, exit_code] {
    options->timeout = milliseconds(*timeout);
    report("wait", local::run_wait(*options), exit_code);
  });
}

void add_apply(CLI::App& app, int* exit_code) {
  auto options = std::make_shared<local::ApplyOptions>();
  auto timeout = std::make_shared<std::string>("60s");
  auto* command =
      app.add_subcommand("apply", "Check files, put them into the directory that the control plane reads, follow them until in force");
  command->add_option("-f,--filename", options->files, "Files or directories of YAML or JSON")->required();
  command->add_option("--config-dir", options->config_dir, "The directory that the control plane reads")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_flag("--dry-run", options->dry_run,
                    "Write nothing: say which proxies and resources would change, and what would be held back");
  command->add_flag("-v,--verbose", options->verbose, "With --dry-run: the difference of each Envoy resource");
  command->add_flag("--wait", options->wait, "Until every proxy has acknowledged all of it");
  command->add_option("--rollback-on", options->rollback_on, "When to put the previous files back: rejected, timeout, never")
      ->capture_default_str()
      ->check(CLI::IsMember({"rejected", "timeout", "never"}));
  add_timeout(*command, timeout.get());
  add_address(*command, &options->monitoring_address);
  command->footer(
      "Example:\n  amime apply -f reviews.yaml --config-dir ./mesh --dry-run -v\n"
      "  amime apply -f reviews.yaml --config-dir ./mesh --wait");
  command->callback([options, timeout, exit_code] {
    options->timeout = milliseconds(*timeout);
    report("apply", local::run_apply(*options), exit_code);
  });
}

}  // namespace amime::cli
