// What `amime up` says: who runs, what is missing. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "local/debug_streams.h"
#include "local/localize.h"
#include "local/up.h"

namespace amime::local {

UpReady ready_report(const std::vector<Workload>& workloads, const std::vector<unsigned>& service_ports, unsigned monitoring_port);
// One line per workload, then the gateways' URLs, then what to look at.
std::string ready_text(const UpReady& ready);

// Keys of the workloads whose proxy has not acknowledged all that it was sent. `refused` receives a sentence for each that
// refused some of it: these count as acknowledged, the rest of their configuration is in force.
std::vector<std::string> not_in_sync(const std::vector<Workload>& workloads, const std::vector<ProxySync>& syncs,
                                     std::vector<std::string>* refused);

}  // namespace amime::local
