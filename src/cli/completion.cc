#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command.h"

namespace amime::cli {
namespace {

struct Flag {
  std::string name;  // --listen
  std::string help;
  bool takes_value = false;
};

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<Flag> flags_of(const CLI::App& command) {
  std::vector<Flag> out;
  for (const CLI::Option* option : command.get_options())
    for (const auto& name : option->get_lnames())
      if (!option->get_group().empty()) out.push_back({"--" + name, option->get_description(), option->get_items_expected_max() > 0});
  return out;
}

std::string words(const std::vector<Flag>& flags) {
  std::string out;
  for (const auto& flag : flags) out += (out.empty() ? "" : " ") + flag.name;
  return out;
}

std::string bash(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : commands_of(app)) {
    names += (names.empty() ? "" : " ") + command->get_name();
    std::string more = command->get_name() == "completion" ? " bash zsh fish" : "";
    cases += fmt::format("    {}) words=\"{}{}\" ;;\n", command->get_name(), words(flags_of(*command)), more);
  }
  return fmt::format(
      "_amime() {{\n  local current=${{COMP_WORDS[COMP_CWORD]}} words\n  case ${{COMP_WORDS[1]}} in\n{}    *) words=\"{} --help\" ;;\n  "
      "esac\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"{} --help\"; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}}\n"
      "complete -o default -F _amime amime\n",
      cases, names, names);
}

std::string quoted(std::string text) {  // inside single quotes, and without what zsh's _arguments reads as syntax
  std::string out;
  for (char c : text)
    if (c == '\'') {
      out += "'\\''";
    } else if (c == '[' || c == ']' || c == ':') {
      out += std::string("\\") + c;
    } else {
      out += c;
    }
  return out;
}

std::string zsh(const CLI::App& app) {
  std::string names, cases;
  for (const CLI::App* command : commands_of(app)) {
    names += fmt::format("    '{}:{}'\n", command->get_name(), quoted(command->get_description()));
    std::string flags;
    for (const auto& flag : flags_of(*command))
      flags += fmt::format(" '*{}[{}]{}'", flag.name, quoted(flag.help), flag.takes_value ? ":value:_files" : "");
    cases += fmt::format("    {}) _arguments{}{} ;;\n", command->get_name(), flags,
                         command->get_name() == "completion" ? " '1:shell:(bash zsh fish)'" : " '*:file:_files'");
  }
  return fmt::format(
      "#compdef amime\n_amime() {{\n  local -a commands\n  commands=(\n{}  )\n  if (( CURRENT == 2 )); then _describe command commands; "
      "return; fi\n"
      "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n{}  esac\n}}\ncompdef _amime amime\n",
      names, cases);
}

std::string fish_quoted(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string fish(const CLI::App& app) {
  std::string out;
  for (const CLI::App* command : commands_of(app)) {
    out += fmt::format("complete -c amime -n __fish_use_subcommand -f -a {} -d '{}'\n", command->get_name(),
                       fish_quoted(command->get_description()));
    for (const auto& flag : flags_of(*command))
      out += fmt::format("complete -c amime -n '__fish_seen_subcommand_from {}' -l {} {}-d '{}'\n", command->get_name(),
                         flag.name.substr(2), flag.takes_value ? "-r " : "", fish_quoted(flag.help));
  }
  return out + "complete -c amime -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash(app);
  if (shell == "zsh") return zsh(app);
  if (shell == "fish") return fish(app);
  return {};
}

void add_completion(CLI::App& app, int*) {
  auto* command = app.add_subcommand("completion", "Print a shell's completion script");
  static std::string shell;
  command->add_option("shell", shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer("Example:\n  source <(amime completion bash)\n  amime completion fish > ~/.config/fish/completions/amime.fish");
  command->callback([&app] { fmt::print("{}", completion_script(app, shell)); });
}

}  // namespace amime::cli
