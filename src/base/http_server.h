// HttpServer: a small HTTP/1.1 server for the monitoring port (a few requests a second), on threads of its own.
//
// Owned by whoever starts it; destroying it stops it. The handler runs on the server's threads, several at a time, and
// must not block for long: stop() waits for the handlers that are running. Requests larger or slower than the limits are
// refused (413) or cut off.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/http.h"

namespace amime::base {

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpServerOptions {
  int threads = 2;
  std::size_t max_body = 1 << 20;                  // bytes
  std::size_t max_header = 64 << 10;               // bytes
  std::chrono::milliseconds idle_timeout{30'000};  // between requests, and for reading one or writing its answer
};

class HttpServer {
 public:
  // Binds ADDR:PORT (port 0: any free one) and answers from then on. AlreadyExists: the port is in use;
  // InvalidArgument: not an address of this machine.
  static absl::StatusOr<std::unique_ptr<HttpServer>> start(std::string_view address, HttpHandler handler, HttpServerOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  void stop();  // idempotent; open connections are closed

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::base
