// The smaller commands below `amime agent`. Each add_* registers one subcommand of `agent`.
#pragma once

namespace CLI {
class App;
}

namespace amime::cli {

void add_agent_init(CLI::App& agent, int* exit_code);  // init, and istio-iptables with Istio's defaults
void add_agent_wait(CLI::App& agent, int* exit_code);
void add_agent_request(CLI::App& agent, int* exit_code);

}  // namespace amime::cli
