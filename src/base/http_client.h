// HttpClient: a blocking HTTP/1.1 client with a bound on every wait, for commands, the demo and tests.
// One object is one connection, kept open between requests; not thread-safe.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/http.h"

namespace amime::base {

class HttpClient {
 public:
  // Connects to ADDR:PORT (an IP, or a name that the system resolves) at the first request. `timeout` bounds connecting
  // and each request.
  // `tls_name` not empty: over TLS, with a server whose certificate is of that name and of an authority that this machine trusts
  // (OpenSSL's default paths, $SSL_CERT_FILE).
  explicit HttpClient(std::string_view address, std::chrono::milliseconds timeout = std::chrono::seconds(10), std::string tls_name = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Host: the header of that name if the request has one, else the address. A kept connection that the server closed in
  // the meantime is opened again, once. Unavailable: no connection, or it broke; DeadlineExceeded: the timeout.
  absl::StatusOr<HttpResponse> send(const HttpRequest& request);
  absl::StatusOr<HttpResponse> get(std::string_view target, HttpHeaders headers = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One request by URL ("http://host:port/path", "https://..."). `connect` (ADDR:PORT) overrides where the connection goes; the Host header
// stays the URL's unless `request.headers` has one. request.target is ignored.
absl::StatusOr<HttpResponse> http_fetch(std::string_view url, HttpRequest request = {}, std::string_view connect = {},
                                        std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace amime::base
