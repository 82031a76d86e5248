#include "base/http_client.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "base/http_message.h"

namespace amime::base {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

}  // namespace

struct HttpClient::Impl {
  std::string address, tls_name;
  std::chrono::milliseconds timeout;
  asio::io_context context;
  std::optional<beast::tcp_stream> stream;
  std::optional<asio::ssl::context> trust;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls;  // over `stream`, where there is TLS
  beast::flat_buffer buffer;

  void close() {
    tls.reset();
    stream.reset();
  }

  // Runs the one pending operation to its end; the stream's own timer bounds it.
  void run() {
    context.restart();
    context.run();
  }

  absl::Status failed(std::string_view what, const error_code& error) {
    close();
    if (error == beast::error::timeout)
      return absl::DeadlineExceededError(fmt::format("{} {}: no answer within {} ms", what, address, timeout.count()));
    return absl::UnavailableError(fmt::format("{} {}: {}", what, address, error.message()));
  }

  absl::Status connect() {
    std::string host;
    unsigned port = 0;
    if (!split_host_port(address, &host, &port)) return absl::InvalidArgumentError(fmt::format("\"{}\" is not HOST:PORT", address));
    error_code error;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(host, std::to_string(port), error);
    if (error) return failed("resolve", error);
    stream.emplace(context);
    buffer.clear();
    stream->expires_after(timeout);
    stream->async_connect(found, [&error](error_code e, const tcp::endpoint&) { error = e; });
    run();
    if (error) return failed("connect", error);
    stream->socket().set_option(tcp::no_delay(true), error);
    return tls_name.empty() ? absl::OkStatus() : shake_hands();
  }

  absl::Status shake_hands() {
    error_code error;
    if (!trust) {
      trust.emplace(asio::ssl::context::tls_client);
      trust->set_default_verify_paths(error);
      trust->set_verify_mode(asio::ssl::verify_peer);
    }
    tls.emplace(*stream, *trust);
    tls->set_verify_callback(asio::ssl::host_name_verification(tls_name), error);
    if (!SSL_set_tlsext_host_name(tls->native_handle(), tls_name.c_str())) return absl::InternalError("no memory for a TLS server name");
    tls->async_handshake(asio::ssl::stream_base::client, [&error](error_code e) { error = e; });
    run();
    return error ? failed("TLS with", error) : absl::OkStatus();
  }

  absl::StatusOr<HttpResponse> exchange(const HttpRequest& request) { return tls ? exchange(request, *tls) : exchange(request, *stream); }

  template <class Stream>
  absl::StatusOr<HttpResponse> exchange(const HttpRequest& request, Stream& over) {
    error_code error;
    http::request<http::string_body> message;
    fill(request, address, &message);
    message.prepare_payload();
    stream->expires_after(timeout);
    http::async_write(over, message, [&error](error_code e, std::size_t) { error = e; });
    run();
    if (error) return failed("write to", error);
    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    if (request.method == "HEAD") parser.skip(true);
    http::async_read(over, buffer, parser, [&error](error_code e, std::size_t) { error = e; });
    run();
    if (error) return failed("read from", error);
    auto answer = parser.release();
    if (!answer.keep_alive()) close();
    return response_of(std::move(answer));
  }
};

HttpClient::HttpClient(std::string_view address, std::chrono::milliseconds timeout, std::string tls_name)
    : impl_(std::make_unique<Impl>()) {
  impl_->address = std::string(address);
  impl_->timeout = timeout;
  impl_->tls_name = std::move(tls_name);
}
HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::send(const HttpRequest& request) {
  const bool kept = impl_->stream.has_value();
  if (!kept)
    if (auto status = impl_->connect(); !status.ok()) return status;
  auto answer = impl_->exchange(request);
  if (!kept || answer.ok() || absl::IsDeadlineExceeded(answer.status())) return answer;
  if (auto status = impl_->connect(); !status.ok()) return status;
  return impl_->exchange(request);
}

absl::StatusOr<HttpResponse> HttpClient::get(std::string_view target, HttpHeaders headers) {
  HttpRequest request;
  request.target = std::string(target);
  request.headers = std::move(headers);
  return send(request);
}

absl::StatusOr<HttpResponse> http_fetch(std::string_view url, HttpRequest request, std::string_view connect,
                                        std::chrono::milliseconds timeout) {
  constexpr std::string_view kPlain = "http://", kSecure = "https://";
  const bool secure = url.starts_with(kSecure);
  if (!secure && !url.starts_with(kPlain)) return absl::InvalidArgumentError(fmt::format("\"{}\" is not an http:// or https:// URL", url));
  const std::string_view rest = url.substr(secure ? kSecure.size() : kPlain.size());
  const auto slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  request.target = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  if (!find_header(request.headers, "host")) request.headers.emplace_back("Host", authority);
  request.headers.emplace_back("Connection", "close");
  std::string address(connect.empty() ? authority : connect);
  if (address.rfind(':') == std::string::npos || address.back() == ']') address += secure ? ":443" : ":80";
  std::string host;
  unsigned port = 0;
  if (secure && !split_host_port(authority.find(':') == std::string_view::npos ? std::string(authority) + ":443" : std::string(authority),
                                 &host, &port))
    return absl::InvalidArgumentError(fmt::format("\"{}\" names no host", url));
  return HttpClient(address, timeout, host).send(request);
}

}  // namespace amime::base
