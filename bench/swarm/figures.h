// The figures of a run, as they are printed and kept. Plain values.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "swarm/plan.h"
#include "swarm/xds.h"

namespace amime::bench {

struct Distribution {
  double p50 = 0, p99 = 0, max = 0;
};
Distribution distribution_of(std::vector<double> values);

struct ColdStart {
  Distribution sync_seconds;  // over the proxies, from the first connection
  double cpu_seconds = 0;
  double peak_mib = 0;
  std::array<double, kTypes> bytes_per_proxy{};
  std::array<double, kTypes> messages_per_proxy{};
};

struct Idle {
  double empty_mib = 0;     // before the first proxy
  double resident_mib = 0;  // with all of them, idle
  double cpu_per_second = 0;
  double further_proxy_mib = 0;  // for each of a tenth more, connected later
};

struct ChangeKind {
  Kind kind = Kind::endpoint;
  Distribution last_ack_ms;  // over the changes: from the write to the last proxy's ACK
  double proxy_p50_ms = 0;   // the median proxy of the median change
  double cpu_ms = 0;         // per change
  double bytes_per_proxy = 0;
  double messages_per_proxy = 0;
  double sent_bytes = 0;    // to the recorder, per change; delta only
  double needed_bytes = 0;  // of these, what had changed
};

struct Figures {
  ColdStart cold;
  Idle idle;
  std::vector<ChangeKind> changes;
};

struct RunInfo {
  std::string label;
  std::string commit;
  std::string date;
  int services = 0, proxies = 0, count = 0;
  Protocol protocol = Protocol::delta;
};

}  // namespace amime::bench
