// What kubelet would ask the application, had injection not sent it to the agent: ISTIO_KUBE_APP_PROBERS. Pure; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/http.h"

namespace amime::agent {

struct AppProber {
  enum class Kind { kHttp, kTcp, kGrpc } kind = Kind::kHttp;
  std::uint16_t port = 0;
  std::string path = "/";     // kHttp
  bool https = false;         // kHttp
  base::HttpHeaders headers;  // kHttp: where the prober did not send them itself
  std::string service;        // kGrpc
  std::chrono::milliseconds timeout{1'000};
};

// By path: /app-health/CONTAINER/{livez,readyz,startupz} and /app-lifecycle/CONTAINER/{prestopz,poststartz}.
using AppProbers = std::map<std::string, AppProber, std::less<>>;

// From JSON: {PATH: {"httpGet"|"tcpSocket"|"grpc": {...}, "timeoutSeconds": n}}. Empty: none. InvalidArgument: with the path.
absl::StatusOr<AppProbers> read_app_probers(std::string_view json);

}  // namespace amime::agent
