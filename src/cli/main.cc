#include "cli/command.h"

int main(int argc, char** argv) { return amime::cli::run(std::vector<std::string>(argv + (argc > 0), argv + argc)); }
