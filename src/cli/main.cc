#include "cli/command.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
  return amime::cli::run(amime::cli::as_pilot_agent(argc > 0 ? argv[0] : "", arguments));
}
