#include "local/echo_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bind_error.h"
#include "base/http_client.h"

namespace amime::local {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr int kCallThreads = 8;
constexpr auto kCallTimeout = std::chrono::seconds(30);

std::vector<EchoCallResult> make_calls(const EchoApp& app, const base::HttpHeaders& headers) {
  std::vector<EchoCallResult> out;
  for (const auto& call : app.identity().calls) {
    base::HttpRequest request;
    request.headers = EchoApp::propagated(headers);
    auto answer = base::http_fetch(call.url, std::move(request), call.connect, kCallTimeout);
    if (answer.ok()) {
      out.push_back({call.url, answer->status, std::move(answer->body)});
    } else {
      out.push_back({call.url, 0, std::string(answer.status().message())});
    }
  }
  return out;
}

// One client's connection. Lives as long as an operation of its is pending; all its work is done by its context's thread.
class Connection final : public EchoTransport, public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& context, asio::thread_pool& calls, std::shared_ptr<EchoApp> app, EchoKind kind)
      : socket_(context), timer_context_(context), calls_(calls), app_(std::move(app)), kind_(kind) {}

  tcp::socket& socket() { return socket_; }

  void start() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    read();
  }
  void abort() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close(true); });
  }

  void write(std::string bytes) override {
    pending_ += bytes;
    flush();
  }

  void close(bool reset) override {
    closing_ = true;
    error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    if (reset || (writing_.empty() && pending_.empty())) socket_.close(ignored);
  }

  void ask(EchoRequest request, Reply reply) override {
    if (app_->identity().calls.empty()) return answer(app_->answer(request), std::move(reply));
    auto work = [self = shared_from_this(), request = std::move(request), reply = std::move(reply)]() mutable {
      auto made = self->app_->answer(request, make_calls(*self->app_, request.headers));
      asio::post(self->socket_.get_executor(),
                 [self, made = std::move(made), reply = std::move(reply)]() mutable { self->answer(std::move(made), std::move(reply)); });
    };
    asio::post(calls_, std::move(work));
  }

 private:
  void answer(EchoAnswer made, Reply reply) {
    if (closing_) return;
    if (made.delay.count() == 0) return reply(made);
    auto timer = std::make_shared<asio::steady_timer>(timer_context_, made.delay);
    timer->async_wait([self = shared_from_this(), timer, made = std::move(made), reply = std::move(reply)](error_code error) {
      if (!error && !self->closing_) reply(made);
    });
  }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code error, std::size_t size) {
      if (error || self->closing_) return self->close(false);
      self->received(std::string_view(self->buffer_.data(), size));
      if (!self->closing_) self->read();
    });
  }

  void received(std::string_view bytes) {
    if (protocol_) return protocol_->receive(bytes);
    first_ += bytes;
    switch (detect_protocol(first_, kind_)) {
      case 0: return;
      case 1: protocol_ = make_echo_http1(*this); break;
      case 2: protocol_ = make_echo_http2(*this); break;
      default: protocol_ = make_echo_lines(*this, app_->identity());
    }
    const std::string first = std::exchange(first_, {});
    protocol_->receive(first);
  }

  void flush() {
    if (!writing_.empty() || pending_.empty()) return;
    writing_.swap(pending_);
    asio::async_write(socket_, asio::buffer(writing_), [self = shared_from_this()](error_code error, std::size_t) {
      self->writing_.clear();
      if (error) return self->close(true);
      self->flush();
      if (self->closing_) self->close(false);
    });
  }

  tcp::socket socket_;
  asio::io_context& timer_context_;
  asio::thread_pool& calls_;
  std::shared_ptr<EchoApp> app_;
  EchoKind kind_;
  std::array<char, 16384> buffer_;
  std::string first_;  // until the protocol is known
  std::unique_ptr<EchoProtocol> protocol_;
  std::string pending_, writing_;
  bool closing_ = false;
};

struct Listener {
  Listener(asio::io_context& context, EchoKind k, std::shared_ptr<EchoApp> a) : acceptor(context), kind(k), app(std::move(a)) {}
  tcp::acceptor acceptor;
  EchoKind kind;
  std::shared_ptr<EchoApp> app;
  std::mutex mutex;
  std::vector<std::weak_ptr<Connection>> connections;
};

}  // namespace

struct EchoServer::Impl {
  explicit Impl(int threads) {
    for (int i = 0; i < threads; ++i) {
      contexts.push_back(std::make_unique<asio::io_context>(1));
      guards.emplace_back(contexts.back()->get_executor());
    }
    for (auto& context : contexts) runners.emplace_back([c = context.get()] { c->run(); });
  }
  ~Impl() {
    for (auto& context : contexts) context->stop();
    for (auto& runner : runners) runner.join();
    calls.stop();
    calls.join();
  }

  void accept(const std::shared_ptr<Listener>& listener) {
    auto& context = *contexts[next++ % contexts.size()];
    auto connection = std::make_shared<Connection>(context, calls, listener->app, listener->kind);
    listener->acceptor.async_accept(connection->socket(), [this, listener, connection](error_code error) {
      if (error == asio::error::operation_aborted || !listener->acceptor.is_open()) return;
      if (!error) {
        remember(*listener, connection);
        asio::post(connection->socket().get_executor(), [connection] { connection->start(); });
      }
      accept(listener);
    });
  }

  static void remember(Listener& listener, const std::shared_ptr<Connection>& connection) {
    std::lock_guard lock(listener.mutex);
    if (listener.connections.size() % 256 == 255) std::erase_if(listener.connections, [](const auto& weak) { return weak.expired(); });
    listener.connections.push_back(connection);
  }

  std::vector<std::unique_ptr<asio::io_context>> contexts;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  asio::thread_pool calls{kCallThreads};
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Listener>> listeners;  // by "IP PORT"
  std::vector<std::thread> runners;
};

EchoServer::EchoServer(int threads)
    : impl_(std::make_unique<Impl>(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())))) {}
EchoServer::~EchoServer() = default;

absl::StatusOr<std::uint16_t> EchoServer::listen(std::string_view address, EchoKind kind, std::shared_ptr<EchoApp> app) {
  std::string host;
  unsigned port = 0;
  if (!base::split_host_port(address, &host, &port)) return absl::InvalidArgumentError(fmt::format("\"{}\" is not ADDRESS:PORT", address));
  if (host == "localhost") host = "127.0.0.1";
  error_code error;
  const auto ip = host.empty() ? asio::ip::address(asio::ip::address_v4::any()) : asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError(fmt::format("\"{}\" is not an IP address", host));
  const tcp::endpoint endpoint(ip, static_cast<std::uint16_t>(port));
  auto listener = std::make_shared<Listener>(*impl_->contexts[0], kind, std::move(app));
  listener->acceptor.open(endpoint.protocol(), error);
  if (!error) listener->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) listener->acceptor.bind(endpoint, error);
  if (!error) listener->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return base::bind_error(address, error);
  const auto bound = listener->acceptor.local_endpoint();
  {
    std::lock_guard lock(impl_->mutex);
    impl_->listeners[fmt::format("{} {}", bound.address().to_string(), bound.port())] = listener;
  }
  asio::post(*impl_->contexts[0], [impl = impl_.get(), listener] { impl->accept(listener); });
  return bound.port();
}

void EchoServer::close(std::string_view ip, std::uint16_t port) {
  std::shared_ptr<Listener> listener;
  {
    std::lock_guard lock(impl_->mutex);
    auto it = impl_->listeners.find(fmt::format("{} {}", ip, port));
    if (it == impl_->listeners.end()) return;
    listener = it->second;
    impl_->listeners.erase(it);
  }
  std::promise<void> closed;  // the address is free again when this returns
  asio::post(*impl_->contexts[0], [&closed, listener] {
    error_code ignored;
    listener->acceptor.close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
  std::lock_guard lock(listener->mutex);
  for (auto& weak : listener->connections)
    if (auto connection = weak.lock()) connection->abort();
}

}  // namespace amime::local
