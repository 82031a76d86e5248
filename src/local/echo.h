// The echo application: says who answered and what arrived. It stands for an image in `amime up`, and serves samples and
// tests. This file: what it answers; echo_server.h: how it is reached; echo_protocol.h: the protocols it speaks.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"

namespace amime::local {

struct EchoRequest {
  std::string protocol;  // "HTTP/1.1", "HTTP/2"
  std::string method, path, host;
  base::HttpHeaders headers;  // without Host and pseudo headers
  std::uint64_t body_bytes = 0;
};

struct EchoAnswer {
  int status = 200;
  base::HttpHeaders headers;
  std::string body;
  std::chrono::milliseconds delay{0};
  bool reset = false;  // no answer: the connection (HTTP/1) or the stream (HTTP/2) is reset
};

// One thing that every request makes the application call in turn, as a front end calls its services.
struct EchoCall {
  std::string url;      // http://reviews:9080/reviews
  std::string connect;  // ADDR:PORT of the proxy to go through; empty: where the URL points
};
struct EchoCallResult {
  std::string url;
  int status = 0;    // 0: no answer
  std::string body;  // of the answer, or the error
};

struct EchoIdentity {
  std::string name = "echo";
  std::string version = "v1";
  std::chrono::milliseconds delay{0};  // before every answer
  int status = 200;
  std::vector<EchoCall> calls;
};

// Thread-safe. The request can say how it wants to be answered:
//   x-echo-status: 503        x-echo-delay: 0.5 (seconds) or 500ms        x-echo-set: name=value;name=value (response headers)
//   x-echo-fail: N            the first N requests answer x-echo-status (or 503), the next ones 200 at once; counted per x-echo-id
//   x-echo-reset: 1           reset instead of an answer (with x-echo-fail: only the first N)
class EchoApp {
 public:
  explicit EchoApp(EchoIdentity identity) : identity_(std::move(identity)) {}
  const EchoIdentity& identity() const { return identity_; }
  EchoAnswer answer(const EchoRequest& request, const std::vector<EchoCallResult>& calls = {});
  // The headers to hand on to the calls: those of tracing, of the user, and x-* that are no proxy's and not ours.
  static base::HttpHeaders propagated(const base::HttpHeaders& headers);

 private:
  bool fails(const base::HttpHeaders& headers);  // x-echo-fail: whether this request is among the first N
  EchoIdentity identity_;
  std::mutex mutex_;
  std::map<std::string, long> counts_;  // requests with x-echo-fail, per x-echo-id
};

// "0.5" (seconds), "500ms", "2s"; negative or unreadable: 0. At most an hour.
std::chrono::milliseconds parse_delay(std::string_view text);

}  // namespace amime::local
