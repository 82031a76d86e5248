// amime-floor RECORDING ADDRESS: replays a recording to every ADS stream. Each line of standard input starts a phase by its number;
// the end of the input ends the program.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "floor/replay_server.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: amime-floor RECORDING ADDRESS\n", stderr);
    return 64;
  }
  try {
    const auto server = amime::bench::start_replay_server(argv[2], amime::bench::load(argv[1]));
    for (std::string line; std::getline(std::cin, line);) server->start_phase(std::stoul(line));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "amime-floor: %s\n", error.what());
    return 1;
  }
  return 0;
}
