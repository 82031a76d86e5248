// Asks the application what kubelet wants to know. Any thread; blocks, at most the prober's timeout (for redirects: each).
#pragma once

#include <string>

#include "agent/status/probers.h"
#include "base/http.h"

namespace amime::agent {

struct AppProbeContext {
  std::string host = "127.0.0.1";  // where the application is: the pod's address, or "localhost"
  std::uint16_t status_port = 0;   // the agent's, which is what the Host header of kubelet names
};

// What to answer kubelet: the application's own status and the start of its body; 200 or 500 for TCP and gRPC.
base::HttpResponse probe_application(const AppProber& prober, const AppProbeContext& context, const base::HttpRequest& request);

// gRPC's health service says SERVING. `why` gets why not.
bool probe_grpc_health(const AppProber& prober, const std::string& host, const std::string& user_agent, std::string* why);

}  // namespace amime::agent
