#include "cli/agent.h"
#include "cli/command.h"

int main(int argc, char** argv) {
  const std::string program = argc > 0 ? argv[0] : "";
  return amime::cli::run(amime::cli::with_program_name(program, std::vector<std::string>(argv + (argc > 0), argv + argc)));
}
