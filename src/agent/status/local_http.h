// One HTTP/1.1 request to the application in the same pod: with a bound on time and bytes, over TLS without verifying whom
// (as kubelet's probes do), from the address that interception leaves alone.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>

#include "agent/status/dial.h"
#include "base/http.h"

namespace amime::agent {

struct LocalHttp {
  DialTarget target;
  bool tls = false;
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_body = 10u << 20;
  bool cut_body = false;  // a longer body is cut, instead of being an error (ResourceExhausted)
};

// `request` goes as it is, with Host and "Connection: close" where they are missing. Any thread; blocks, at most `timeout`.
absl::StatusOr<base::HttpResponse> ask_local(const LocalHttp& how, const base::HttpRequest& request);

}  // namespace amime::agent
