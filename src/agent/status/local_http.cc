#include "agent/status/local_http.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/http_message.h"

namespace amime::agent {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

// One exchange on one stream, step by step; the stream's own timer bounds all of them together.
template <class Stream>
class LocalExchange {
 public:
  LocalExchange(asio::io_context& context, Stream& stream, const LocalHttp& how) : context_(context), stream_(stream), how_(how) {
    parser_.body_limit(boost::none);
  }

  absl::StatusOr<base::HttpResponse> run(const base::HttpRequest& request) {
    http::request<http::string_body> message;
    base::fill(request, base::join_host_port(how_.target.host, how_.target.port), &message);
    message.keep_alive(false);
    message.prepare_payload();
    if (request.method == "HEAD") parser_.skip(true);
    if (auto error = step([&](auto done) { http::async_write(stream_, message, done); })) return failed(error);
    while (!parser_.is_done()) {
      const auto error = step([&](auto done) { http::async_read_some(stream_, buffer_, parser_, done); });
      if (error && !(error == http::error::end_of_stream && parser_.is_done())) return failed(error);
      if (parser_.get().body().size() <= how_.max_body) continue;
      if (!how_.cut_body) return absl::ResourceExhaustedError(fmt::format("more than {} bytes", how_.max_body));
      parser_.get().body().resize(how_.max_body);
      break;
    }
    return base::response_of(parser_.release());
  }

  template <class Start>
  error_code step(Start start) {
    error_code result;
    start([&result](error_code error, std::size_t = 0) { result = error; });
    context_.restart();
    context_.run();
    return result;
  }
  absl::Status failed(const error_code& error) const {
    if (error == beast::error::timeout) return absl::DeadlineExceededError(fmt::format("no answer within {} ms", how_.timeout.count()));
    return absl::UnavailableError(error.message());
  }

 private:
  asio::io_context& context_;
  Stream& stream_;
  const LocalHttp& how_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

absl::StatusOr<base::HttpResponse> ask_by_tls(asio::io_context& context, beast::tcp_stream&& plain, const LocalHttp& how,
                                              const base::HttpRequest& request) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_verify_mode(asio::ssl::verify_none);
  beast::ssl_stream<beast::tcp_stream> stream(std::move(plain), tls);
  LocalExchange exchange(context, stream, how);
  if (auto error = exchange.step([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); }))
    return exchange.failed(error);
  return exchange.run(request);
}

}  // namespace

absl::StatusOr<base::HttpResponse> ask_local(const LocalHttp& how, const base::HttpRequest& request) {
  auto dialed = dial(how.target, how.timeout);
  if (!dialed.ok()) return dialed.status();
  asio::io_context context;
  tcp::socket socket(context);
  error_code error;
  socket.assign(dialed->is_v6() ? tcp::v6() : tcp::v4(), dialed->fd(), error);
  if (error) return absl::InternalError(error.message());
  dialed->release();
  beast::tcp_stream stream(std::move(socket));
  stream.expires_after(how.timeout);
  if (how.tls) return ask_by_tls(context, std::move(stream), how, request);
  return LocalExchange(context, stream, how).run(request);
}

}  // namespace amime::agent
