#include "base/http_server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "base/bind_error.h"
#include "base/http_message.h"
#include "base/log.h"

namespace amime::base {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

HttpRequest plain(http::request<http::string_body>&& message, std::string peer) {
  HttpRequest out;
  out.method = std::string(message.method_string());
  out.target = std::string(message.target());
  out.headers = headers_of(message);
  out.body = std::move(message.body());
  out.peer = std::move(peer);
  return out;
}

HttpResponse call(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    log_error("http", "{} {}: {}", request.method, request.target, error.what());
    return text_response(500, "internal error\n");
  }
}

// One connection: reads a request, answers it, reads the next. Lives as long as an operation of its is pending.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const HttpHandler& handler, const HttpServerOptions& options)
      : stream_(std::move(socket)), handler_(handler), options_(options) {
    error_code ignored;
    const auto peer = stream_.socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(options_.max_body);
    parser_->header_limit(static_cast<std::uint32_t>(options_.max_header));
    stream_.expires_after(options_.idle_timeout);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

 private:
  void on_read(error_code error) {
    if (error == http::error::body_limit || error == http::error::header_limit) return refuse(413, "request too large\n");
    if (error.category() == make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream &&
        error != http::error::partial_message)
      return refuse(400, "bad request\n");
    if (error) return close();
    auto message = parser_->release();
    const bool keep = message.keep_alive();
    const bool head = message.method() == http::verb::head;
    const unsigned version = message.version();
    write(call(handler_, plain(std::move(message), peer_)), version, keep, head);
  }

  void refuse(int status, std::string text) { write(text_response(status, std::move(text)), 11, false, false); }

  void write(HttpResponse answer, unsigned version, bool keep, bool head) {
    response_ = {};
    response_.version(version);
    response_.result(static_cast<unsigned>(answer.status));
    for (const auto& [name, value] : answer.headers) response_.insert(name, value);
    response_.body() = std::move(answer.body);
    response_.prepare_payload();
    response_.keep_alive(keep);
    if (head) response_.body().clear();  // Content-Length stays, as HEAD wants it
    stream_.expires_after(options_.idle_timeout);
    http::async_write(stream_, response_, [self = shared_from_this(), keep](error_code error, std::size_t) {
      if (error || !keep) return self->close();
      self->read();
    });
  }

  void close() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  const HttpHandler& handler_;
  const HttpServerOptions& options_;
  std::string peer_;
};

}  // namespace

struct HttpServer::Impl {
  Impl(HttpHandler h, HttpServerOptions o) : handler(std::move(h)), options(o) {}

  absl::Status listen(std::string_view address) {
    std::string host;
    unsigned wanted = 0;
    if (!split_host_port(address, &host, &wanted)) return absl::InvalidArgumentError(fmt::format("\"{}\" is not ADDRESS:PORT", address));
    if (host == "localhost") host = "127.0.0.1";
    error_code error;
    const auto ip = host.empty() ? asio::ip::address(asio::ip::address_v4::any()) : asio::ip::make_address(host, error);
    if (error) return absl::InvalidArgumentError(fmt::format("\"{}\" is not an IP address", host));
    const tcp::endpoint endpoint(ip, static_cast<std::uint16_t>(wanted));
    if (!acceptor->open(endpoint.protocol(), error)) acceptor->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error) return bind_error(address, error);
    port = acceptor->local_endpoint(error).port();
    return absl::OkStatus();
  }

  void accept() {
    acceptor->async_accept(asio::make_strand(*context), [this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) std::make_shared<Session>(std::move(socket), handler, options)->read();
      accept();
    });
  }

  HttpHandler handler;
  HttpServerOptions options;
  std::uint16_t port = 0;
  std::optional<asio::io_context> context{std::in_place};
  std::optional<tcp::acceptor> acceptor{*context};
  std::vector<std::thread> threads;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { stop(); }

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::start(std::string_view address, HttpHandler handler, HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(handler), options);
  if (auto status = impl->listen(address); !status.ok()) return status;
  impl->accept();
  for (int i = 0; i < options.threads; ++i) impl->threads.emplace_back([context = &*impl->context] { context->run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->port; }

void HttpServer::stop() {
  if (!impl_->context) return;
  impl_->context->stop();
  for (auto& thread : impl_->threads) thread.join();
  impl_->threads.clear();
  impl_->acceptor.reset();
  impl_->context.reset();  // destroys what was pending, and with it the open connections
}

}  // namespace amime::base
