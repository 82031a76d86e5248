#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <optional>

#include "local/echo_protocol.h"

namespace amime::local {
namespace {

namespace http = boost::beast::http;
constexpr std::uint64_t kLargestBody = 64u << 20;

class Http1 final : public EchoProtocol {
 public:
  explicit Http1(EchoTransport& transport) : transport_(transport) {}

  void receive(std::string_view bytes) override {
    if (tunnel_) return transport_.write(std::string(bytes));
    buffer_ += bytes;
    advance();
  }

 private:
  // Parses as far as the bytes reach. One request at a time: the next is parsed when the last has been answered.
  void advance() {
    while (!busy_ && !tunnel_ && !buffer_.empty()) {
      if (!parser_) start();
      boost::system::error_code error;
      const std::size_t used = parser_->put(boost::asio::buffer(buffer_), error);
      buffer_.erase(0, used);
      if (error == http::error::need_more) error = {};
      if (error) return refuse();
      if (parser_->is_header_done()) continue_if_expected();
      if (parser_->is_done()) {
        ask();
      } else if (used == 0) {
        return;
      }
    }
  }

  void start() {
    parser_.emplace();
    parser_->eager(true);
    parser_->body_limit(kLargestBody);
    continued_ = false;
  }

  void continue_if_expected() {
    if (continued_) return;
    continued_ = true;
    const auto& head = parser_->get();
    if (!parser_->is_done() && head[http::field::expect] == "100-continue") transport_.write("HTTP/1.1 100 Continue\r\n\r\n");
  }

  void ask() {
    auto message = parser_->release();
    parser_.reset();
    busy_ = true;
    const bool keep = message.keep_alive();
    const bool head = message.method() == http::verb::head;
    const bool old = message.version() == 10;
    const bool websocket = boost::beast::iequals(message[http::field::upgrade], "websocket");
    EchoRequest request;
    request.protocol = old ? "HTTP/1.0" : "HTTP/1.1";
    request.method = std::string(message.method_string());
    request.path = std::string(message.target());
    request.host = std::string(message[http::field::host]);
    request.body_bytes = message.body().size();
    for (const auto& field : message)
      if (field.name() != http::field::host) request.headers.emplace_back(field.name_string(), field.value());
    transport_.ask(std::move(request),
                   [this, keep, head, old, websocket](const EchoAnswer& answer) { reply(answer, keep, head, old, websocket); });
  }

  void reply(const EchoAnswer& answer, bool keep, bool head, bool old, bool websocket) {
    busy_ = false;
    if (answer.reset) return transport_.close(true);
    const int status = websocket ? 101 : answer.status;
    std::string out = (old ? "HTTP/1.0 " : "HTTP/1.1 ") + std::to_string(status) + " ";
    out.append(http::obsolete_reason(static_cast<http::status>(status))).append("\r\n");
    for (const auto& [name, value] : answer.headers)
      if (!websocket || name != "content-type") out.append(name).append(": ").append(value).append("\r\n");
    if (websocket) {
      tunnel_ = true;
      out.append("upgrade: websocket\r\nconnection: Upgrade\r\n\r\n").append(std::exchange(buffer_, {}));
      return transport_.write(std::move(out));
    }
    const bool bodiless = status == 204 || status == 304;
    if (!bodiless) out.append("content-length: ").append(std::to_string(answer.body.size())).append("\r\n");
    if (!keep) out.append("connection: close\r\n");
    if (keep && old) out.append("connection: keep-alive\r\n");
    out.append("\r\n");
    if (!head && !bodiless) out.append(answer.body);
    transport_.write(std::move(out));
    if (!keep) return transport_.close(false);
    advance();
  }

  void refuse() {
    busy_ = true;
    transport_.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    transport_.close(false);
  }

  EchoTransport& transport_;
  std::string buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool continued_ = false;
  bool busy_ = false;    // a request waits for its answer
  bool tunnel_ = false;  // after an upgrade: bytes come back as they are
};

}  // namespace

std::unique_ptr<EchoProtocol> make_echo_http1(EchoTransport& transport) { return std::make_unique<Http1>(transport); }

}  // namespace amime::local
