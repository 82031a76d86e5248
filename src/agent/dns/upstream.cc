#include "agent/dns/upstream.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "agent/dns/packet.h"

namespace amime::agent {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::uint16_t random_word() {
  std::uint16_t out = 0;
  if (getrandom(&out, sizeof out, 0) != sizeof out) return 0;
  return out;
}

}  // namespace

struct DnsUpstream::Impl {
  Impl(asio::io_context& c, const DnsUpstreamOptions& o) : context(c), options(o) {
    for (const auto& server : o.servers) {
      error_code error;
      const auto address = asio::ip::make_address(server, error);
      if (!error) servers.push_back(address);
    }
  }
  asio::io_context& context;
  const DnsUpstreamOptions options;
  std::vector<asio::ip::address> servers;
  std::size_t pending = 0;
};

namespace {

// One question, until somebody answers it or nobody is left to ask. Kept alive by what it waits for.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& context, std::vector<asio::ip::address> servers, std::uint16_t port, std::chrono::milliseconds timeout,
           std::string packet, DnsUpstream::Done done)
      : context_(context),
        timer_(context),
        servers_(std::move(servers)),
        port_(port),
        timeout_(timeout),
        packet_(std::move(packet)),
        done_(std::move(done)) {
    asked_id_ = static_cast<std::uint16_t>(static_cast<unsigned char>(packet_[0]) << 8 | static_cast<unsigned char>(packet_[1]));
  }
  virtual ~Exchange() = default;

  void next() {
    ++attempt_;
    close();
    if (attempt_ > servers_.size()) return finish({});
    id_ = random_word();
    set_dns_id(packet_, id_);
    timer_.expires_after(timeout_);
    timer_.async_wait([self = shared_from_this(), attempt = attempt_](error_code error) {
      if (!error && attempt == self->attempt_) self->next();
    });
    start(servers_[attempt_ - 1], attempt_);
  }

 protected:
  // To be asked by the attempt of that number; what comes for an earlier one is late.
  virtual void start(const asio::ip::address& server, std::size_t attempt) = 0;
  virtual void close() = 0;

  bool is_late(std::size_t attempt) const { return attempt != attempt_ || !done_; }
  // False: not an answer to this question.
  bool take(std::string reply) {
    if (!is_dns_reply(reply, packet_, id_)) return false;
    set_dns_id(reply, asked_id_);
    finish(std::move(reply));
    return true;
  }
  void finish(std::string reply) {
    timer_.cancel();
    close();
    if (!done_) return;
    auto done = std::move(done_);
    done_ = nullptr;
    done(std::move(reply));
  }

  asio::io_context& context_;
  std::uint16_t port() const { return port_; }
  const std::string& packet() const { return packet_; }

 private:
  asio::steady_timer timer_;
  const std::vector<asio::ip::address> servers_;
  const std::uint16_t port_;
  const std::chrono::milliseconds timeout_;
  std::string packet_;
  DnsUpstream::Done done_;
  std::size_t attempt_ = 0;
  std::uint16_t id_ = 0, asked_id_ = 0;
};

class UdpExchange : public Exchange {
 public:
  template <class... Args>
  explicit UdpExchange(Args&&... args) : Exchange(std::forward<Args>(args)...), socket_(context_) {}

 private:
  void start(const asio::ip::address& server, std::size_t attempt) override {
    const asio::ip::udp::endpoint endpoint(server, port());
    error_code error;
    socket_.open(endpoint.protocol(), error);
    if (!error) socket_.connect(endpoint, error);  // from then on only this server is heard
    if (!error) socket_.send(asio::buffer(packet()), 0, error);
    if (error) return retry(attempt);
    receive(attempt);
  }
  void receive(std::size_t attempt) {
    socket_.async_receive(asio::buffer(buffer_), [self = shared_from_this(), this, attempt](error_code error, std::size_t size) {
      if (is_late(attempt)) return;
      if (error) return retry(attempt);
      if (!take(std::string(buffer_.data(), size))) receive(attempt);
    });
  }
  // Not from within start(): servers that all fail at once must not be a recursion.
  void retry(std::size_t attempt) {
    asio::post(context_, [self = shared_from_this(), this, attempt] {
      if (!is_late(attempt)) next();
    });
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  asio::ip::udp::socket socket_;
  std::array<char, kMaxDnsMessage> buffer_;
};

class TcpExchange : public Exchange {
 public:
  template <class... Args>
  explicit TcpExchange(Args&&... args) : Exchange(std::forward<Args>(args)...), socket_(context_) {}

 private:
  template <class Then>
  auto then(std::size_t attempt, Then what) {
    return [self = shared_from_this(), this, attempt, what](error_code error, std::size_t = 0) {
      if (is_late(attempt)) return;
      if (error) return next();
      what();
    };
  }
  void start(const asio::ip::address& server, std::size_t attempt) override {
    socket_.async_connect({server, port()}, then(attempt, [this, attempt] { write(attempt); }));
  }
  void write(std::size_t attempt) {
    out_ = {static_cast<char>(packet().size() >> 8), static_cast<char>(packet().size() & 0xff)};
    out_ += packet();
    asio::async_write(socket_, asio::buffer(out_), then(attempt, [this, attempt] { read_size(attempt); }));
  }
  void read_size(std::size_t attempt) {
    asio::async_read(socket_, asio::buffer(size_), then(attempt, [this, attempt] { read(attempt); }));
  }
  void read(std::size_t attempt) {
    in_.resize(static_cast<std::size_t>(size_[0] << 8 | size_[1]));
    asio::async_read(socket_, asio::buffer(in_), then(attempt, [this] {
                       if (!take(std::move(in_))) next();
                     }));
  }
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  asio::ip::tcp::socket socket_;
  std::string out_, in_;
  std::array<unsigned char, 2> size_;
};

}  // namespace

DnsUpstream::DnsUpstream(asio::io_context& context, const DnsUpstreamOptions& options) : impl_(std::make_shared<Impl>(context, options)) {}
DnsUpstream::~DnsUpstream() = default;

void DnsUpstream::ask(std::string packet, bool tcp, Done done) {
  if (impl_->pending >= impl_->options.max_pending || impl_->servers.empty() || packet.size() < 2) return done({});
  ++impl_->pending;
  auto counted = [impl = impl_, done = std::move(done)](std::string reply) {
    --impl->pending;
    done(std::move(reply));
  };
  auto servers = impl_->servers;
  std::rotate(servers.begin(), servers.begin() + random_word() % static_cast<long>(servers.size()), servers.end());
  if (servers.size() == 1) servers.push_back(servers.front());  // a datagram may be lost
  const auto begin = [&]<class Kind>(std::shared_ptr<Kind> exchange) { exchange->next(); };
  const auto& o = impl_->options;
  if (tcp)
    begin(std::make_shared<TcpExchange>(impl_->context, std::move(servers), o.port, o.timeout, std::move(packet), std::move(counted)));
  else
    begin(std::make_shared<UdpExchange>(impl_->context, std::move(servers), o.port, o.timeout, std::move(packet), std::move(counted)));
}

}  // namespace amime::agent
