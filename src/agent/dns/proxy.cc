#include "agent/dns/proxy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <random>
#include <thread>

#include "agent/dns/resolv_conf.h"
#include "base/bind_error.h"
#include "base/http.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/published.h"

namespace amime::agent {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using DnsClock = std::chrono::steady_clock;

struct DnsMetrics {
  explicit DnsMetrics(base::MetricsRegistry& registry)
      : requests(registry.counter("istio_agent_dns_requests_total", "DNS requests.")),
        upstream(registry.counter("istio_agent_dns_upstream_requests_total", "DNS requests that went on to a resolver.")),
        failures(registry.counter("istio_agent_dns_upstream_failures_total", "DNS requests that no resolver answered.")),
        duration(registry.histogram("istio_agent_dns_upstream_request_duration_seconds", "How long resolvers took to answer.",
                                    {.001, .005, .01, .1, 1, 5})) {}
  base::Counter &requests, &upstream, &failures;
  base::Histogram& duration;
};

// What every question goes through, whatever it came by. On the proxy's thread.
class DnsAnswerer {
 public:
  using Reply = std::function<void(std::string)>;  // empty: say nothing

  DnsAnswerer(asio::io_context& context, const DnsProxyOptions& options, const base::Published<NameIndex>& names)
      : names_(names), before_names_(options.ask_upstream_before_names), upstream_(context, options.upstream) {
    if (options.metrics) metrics_ = std::make_unique<DnsMetrics>(*options.metrics);
  }

  void answer(std::string packet, bool tcp, Reply reply) {
    auto reading = read_dns_query(packet);
    if (reading.verdict == DnsReading::kDrop) return reply({});
    if (metrics_) metrics_->requests.add();
    if (reading.verdict == DnsReading::kRefuse) return reply(write_dns_error(packet, reading, reading.code));
    const std::size_t limit = tcp ? kMaxDnsMessage : reading.query.udp_limit();
    const auto names = names_.get();
    if (!names && !before_names_) return reply(write_dns_error(packet, reading, DnsCode::kServerFailure));
    auto found = names ? names->find(reading.query.name, reading.query.type) : std::nullopt;
    if (!found) return forward(std::move(packet), std::move(reading), tcp, limit, std::move(reply));
    std::shuffle(found->addresses.begin(), found->addresses.end(), random_);  // clients take the first one
    reply(write_dns_answer(packet, reading.query, *found, limit));
  }

 private:
  void forward(std::string packet, DnsReading reading, bool tcp, std::size_t limit, Reply reply) {
    if (metrics_) metrics_->upstream.add();
    const auto asked = DnsClock::now();
    upstream_.ask(packet, tcp, [this, packet, reading, limit, asked, reply = std::move(reply)](std::string answer) {
      if (metrics_) metrics_->duration.observe(std::chrono::duration<double>(DnsClock::now() - asked).count());
      if (!answer.empty()) return reply(limit_dns_reply(std::move(answer), reading.query, limit));
      if (metrics_) metrics_->failures.add();
      reply(write_dns_error(packet, reading, DnsCode::kServerFailure));
    });
  }

  const base::Published<NameIndex>& names_;
  const bool before_names_;
  DnsUpstream upstream_;
  std::unique_ptr<DnsMetrics> metrics_;
  std::mt19937 random_{std::random_device{}()};
};

// A UDP socket: every datagram is a question.
class DnsDatagrams {
 public:
  DnsDatagrams(asio::io_context& context, DnsAnswerer& answerer) : socket_(context), answerer_(answerer) {}

  error_code bind(const udp::endpoint& endpoint) {
    error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error && endpoint.protocol() == udp::v6()) socket_.set_option(asio::ip::v6_only(true), error);
    if (!error) socket_.bind(endpoint, error);
    error_code ignored;
    socket_.set_option(asio::socket_base::receive_buffer_size(1 << 20), ignored);  // a burst waits rather than being lost
    if (!error) socket_.non_blocking(true, error);
    return error;
  }
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

  void receive() {
    socket_.async_receive_from(asio::buffer(buffer_), peer_, [this](error_code error, std::size_t size) {
      if (error == asio::error::operation_aborted) return;
      if (!error)
        answerer_.answer(std::string(buffer_.data(), size), false, [this, peer = peer_](const std::string& reply) {
          error_code ignored;  // a client that is gone, or slower than its own socket: it will ask again
          if (!reply.empty()) socket_.send_to(asio::buffer(reply), peer, 0, ignored);
        });
      receive();
    });
  }

 private:
  udp::socket socket_;
  udp::endpoint peer_;
  std::array<char, kMaxDnsMessage> buffer_;
  DnsAnswerer& answerer_;
};

// A TCP connection: one question after the other. Lives as long as something of its is pending.
class DnsConnection : public std::enable_shared_from_this<DnsConnection> {
 public:
  DnsConnection(tcp::socket socket, DnsAnswerer& answerer, std::chrono::milliseconds idle, std::shared_ptr<std::size_t> open)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), answerer_(answerer), idle_(idle), open_(std::move(open)) {
    ++*open_;
  }
  ~DnsConnection() { --*open_; }

  void read();

 private:
  template <class Then>
  auto then(Then what) {
    return [self = shared_from_this(), this, what](error_code error, std::size_t) {
      if (!error) return what();
      timer_.cancel();
    };
  }
  void rearm() {
    timer_.expires_after(idle_);
    timer_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      error_code ignored;
      self->socket_.close(ignored);
    });
  }
  void ask() {
    answerer_.answer(std::move(in_), true, [self = shared_from_this(), this](std::string reply) {
      if (reply.empty()) return timer_.cancel(), void();  // what is no question ends the connection
      out_ = {static_cast<char>(reply.size() >> 8), static_cast<char>(reply.size() & 0xff)};
      out_ += reply;
      rearm();
      asio::async_write(socket_, asio::buffer(out_), then([this] { read(); }));
    });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  DnsAnswerer& answerer_;
  const std::chrono::milliseconds idle_;
  const std::shared_ptr<std::size_t> open_;
  std::array<unsigned char, 2> size_;
  std::string in_, out_;
};

inline void DnsConnection::read() {
  rearm();
  asio::async_read(socket_, asio::buffer(size_), then([this] {
                     in_.resize(static_cast<std::size_t>(size_[0] << 8 | size_[1]));
                     asio::async_read(socket_, asio::buffer(in_), then([this] { ask(); }));
                   }));
}

class DnsAcceptor {
 public:
  DnsAcceptor(asio::io_context& context, DnsAnswerer& answerer, const DnsProxyOptions& options)
      : acceptor_(context), answerer_(answerer), options_(options) {}

  error_code bind(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && endpoint.protocol() == tcp::v6()) acceptor_.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && *open_ < options_.max_connections)
        std::make_shared<DnsConnection>(std::move(socket), answerer_, options_.idle_timeout, open_)->read();
      accept();
    });
  }

 private:
  const std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);  // the connections may outlive this
  tcp::acceptor acceptor_;
  DnsAnswerer& answerer_;
  const DnsProxyOptions& options_;
};

}  // namespace

struct DnsProxy::Impl {
  explicit Impl(DnsProxyOptions o) : options(std::move(o)), answerer(context, options, names) {}
  ~Impl() {
    context.stop();
    if (thread.joinable()) thread.join();
  }

  absl::Status listen();
  absl::Status listen_at(const std::string& host, std::uint16_t wanted);

  DnsProxyOptions options;
  base::Published<NameIndex> names;
  std::uint16_t port = 0;
  asio::io_context context{1};  // dies after what has sockets of it, and takes with it what is pending
  DnsAnswerer answerer;
  std::vector<std::unique_ptr<DnsDatagrams>> datagrams;
  std::vector<std::unique_ptr<DnsAcceptor>> acceptors;
  std::thread thread;
};

// Both of one port, also where the kernel chooses it.
absl::Status DnsProxy::Impl::listen_at(const std::string& host, std::uint16_t wanted) {
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError(fmt::format("\"{}\" is not an IP address", host));
  for (int tries = 0;; ++tries) {
    auto datagram = std::make_unique<DnsDatagrams>(context, answerer);
    auto acceptor = std::make_unique<DnsAcceptor>(context, answerer, options);
    error = datagram->bind({ip, wanted});
    if (!error) port = datagram->port();
    if (!error) error = acceptor->bind({ip, port});
    if (error && wanted == 0 && tries < 20) continue;
    if (error) return base::bind_error(fmt::format("{}:{}", host, wanted), error);
    datagrams.push_back(std::move(datagram));
    acceptors.push_back(std::move(acceptor));
    return absl::OkStatus();
  }
}

absl::Status DnsProxy::Impl::listen() {
  std::string host;
  unsigned wanted = 0;
  if (!base::split_host_port(options.address, &host, &wanted))
    return absl::InvalidArgumentError(fmt::format("\"{}\" is not ADDRESS:PORT", options.address));
  if (host == "localhost") {
    if (auto status = listen_at("127.0.0.1", static_cast<std::uint16_t>(wanted)); !status.ok()) return status;
    if (auto status = listen_at("::1", port); !status.ok()) base::log_info("dns", "not at ::1: {}", std::string(status.message()));
  } else if (auto status = listen_at(host.empty() ? "0.0.0.0" : host, static_cast<std::uint16_t>(wanted)); !status.ok()) {
    return status;
  }
  for (auto& datagram : datagrams) datagram->receive();
  for (auto& acceptor : acceptors) acceptor->accept();
  return absl::OkStatus();
}

DnsProxy::DnsProxy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DnsProxy::~DnsProxy() = default;

absl::StatusOr<std::unique_ptr<DnsProxy>> DnsProxy::start(DnsProxyOptions options) {
  if (options.upstream.servers.empty() || options.context.search.empty()) {
    auto resolv = read_resolv_conf(options.resolv_conf);
    if (!resolv.ok()) return resolv.status();
    if (options.upstream.servers.empty()) options.upstream.servers = std::move(resolv->servers);
    if (options.context.search.empty() && !resolv->search.empty()) options.context.search = resolv->search.front();
  }
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto status = impl->listen(); !status.ok()) return status;
  impl->thread = std::thread([&context = impl->context] { context.run(); });
  return std::unique_ptr<DnsProxy>(new DnsProxy(std::move(impl)));
}

absl::Status DnsProxy::set_names(std::string_view name_table) {
  auto index = NameIndex::make(name_table, impl_->options.context);
  if (!index.ok()) return index.status();
  impl_->names.publish(*std::move(index));
  return absl::OkStatus();
}

bool DnsProxy::has_names() const { return impl_->names.get() != nullptr; }

std::string DnsProxy::names_json() const {
  const auto names = impl_->names.get();
  return names ? name_table_json(names->bytes()) : std::string();
}

std::uint16_t DnsProxy::port() const { return impl_->port; }

}  // namespace amime::agent
