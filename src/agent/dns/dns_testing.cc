#include "agent/dns/dns_testing.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

namespace amime::agent {
namespace {

std::uint16_t word_at(std::string_view packet, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]));
}

// glibc's reader of names, which ours was not made from.
std::string expand(std::string_view packet, std::size_t& at) {
  char name[NS_MAXDNAME];
  const auto* begin = reinterpret_cast<const unsigned char*>(packet.data());
  const int used = dn_expand(begin, begin + packet.size(), begin + at, name, sizeof name);
  if (used < 0) return "?";
  at += static_cast<std::size_t>(used);
  return name;
}

std::string show_record(std::string_view packet, std::size_t& at, bool& edns) {
  const std::string name = expand(packet, at);
  const std::uint16_t type = word_at(packet, at), size = word_at(packet, at + 8);
  const unsigned ttl = static_cast<unsigned>(word_at(packet, at + 4)) << 16 | word_at(packet, at + 6);
  std::size_t data = at + 10;
  at = data + size;
  edns |= type == ns_t_opt;
  if (type == ns_t_cname) return fmt::format("{} {} CNAME {}", name, ttl, expand(packet, data));
  const bool v4 = type == ns_t_a && size == 4, v6 = type == ns_t_aaaa && size == 16;
  if (at > packet.size() || (!v4 && !v6)) return fmt::format("{} {} type {}", name, ttl, type);
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(type == ns_t_a ? AF_INET : AF_INET6, packet.data() + data, text, sizeof text);
  return fmt::format("{} {} {} {}", name, ttl, type == ns_t_a ? "A" : "AAAA", text);
}

sockaddr_in loopback_at(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

void bound(int fd) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string read_exactly(int fd, std::size_t size) {
  std::string out(size, '\0');
  return recv(fd, out.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? out : std::string();
}
std::string read_framed(int fd) {
  const std::string size = read_exactly(fd, 2);
  return size.empty() ? std::string() : read_exactly(fd, word_at(size, 0));
}
void write_framed(int fd, const std::string& packet) {
  std::string out{static_cast<char>(packet.size() >> 8), static_cast<char>(packet.size() & 0xff)};
  out += packet;
  (void)send(fd, out.data(), out.size(), MSG_NOSIGNAL);
}

}  // namespace

std::string dns_query(const std::string& name, std::uint16_t type, std::uint16_t id, std::uint16_t udp_size) {
  unsigned char buffer[1024];
  const int size = res_mkquery(ns_o_query, name.c_str(), ns_c_in, type, nullptr, 0, nullptr, buffer, sizeof buffer);
  std::string out(reinterpret_cast<char*>(buffer), static_cast<std::size_t>(size));
  out[0] = static_cast<char>(id >> 8);
  out[1] = static_cast<char>(id & 0xff);
  if (!udp_size) return out;
  out[11] = 1;
  out += std::string("\0\0\x29", 3) + static_cast<char>(udp_size >> 8) + static_cast<char>(udp_size & 0xff) + std::string(6, '\0');
  return out;
}

std::vector<std::string> TestReply::addresses() const {
  std::vector<std::string> out;
  for (const auto& answer : answers)
    if (answer.find(" CNAME ") == std::string::npos) out.push_back(answer.substr(answer.rfind(' ') + 1));
  std::sort(out.begin(), out.end());
  return out;
}

TestReply read_test_reply(std::string_view packet) {
  TestReply out;
  if (packet.size() < 12) return out;
  out.id = word_at(packet, 0);
  const std::uint16_t flags = word_at(packet, 2);
  out.code = flags & 15;
  out.truncated = flags & 0x0200;
  out.authoritative = flags & 0x0400;
  std::size_t at = 12;
  for (unsigned i = 0; i < word_at(packet, 4); ++i) {
    expand(packet, at);
    at += 4;
  }
  for (unsigned i = 0; i < word_at(packet, 6); ++i) out.answers.push_back(show_record(packet, at, out.edns));
  if (word_at(packet, 10) > 0) show_record(packet, at, out.edns);
  return out;
}

std::string resolver_reply(std::string_view query, const std::string& address) {
  std::size_t end = 12;
  expand(query, end);
  std::string out(query.substr(0, end + 4));
  out[2] = static_cast<char>(0x81);
  out[3] = static_cast<char>(0x80);
  out[7] = 1;
  out[11] = 0;
  in_addr raw{};
  inet_pton(AF_INET, address.c_str(), &raw);
  out += std::string("\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04", 12);
  return out.append(reinterpret_cast<const char*>(&raw), 4);
}

std::string udp_ask(std::uint16_t port, const std::string& packet, bool v6) {
  const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
  bound(fd);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  six.sin6_addr = in6addr_loopback;
  const auto four = loopback_at(port);
  (void)connect(fd, v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four), v6 ? sizeof six : sizeof four);
  (void)send(fd, packet.data(), packet.size(), 0);
  std::string out(65535, '\0');
  const ssize_t got = recv(fd, out.data(), out.size(), 0);
  close(fd);
  out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return out;
}

std::string tcp_ask(std::uint16_t port, const std::vector<std::string>& packets) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  bound(fd);
  const auto address = loopback_at(port);
  std::string out;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    for (const auto& packet : packets) {
      write_framed(fd, packet);
      out = read_framed(fd);
    }
  close(fd);
  return out;
}

TestResolver::TestResolver(Answer answer) : answer_(std::move(answer)) {
  stop_ = eventfd(0, 0);
  udp_ = socket(AF_INET, SOCK_DGRAM, 0);
  tcp_ = socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback_at(0);
  socklen_t size = sizeof address;
  (void)bind(tcp_, reinterpret_cast<sockaddr*>(&address), size);
  (void)getsockname(tcp_, reinterpret_cast<sockaddr*>(&address), &size);
  (void)bind(udp_, reinterpret_cast<sockaddr*>(&address), size);
  (void)listen(tcp_, 16);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TestResolver::~TestResolver() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const int fd : {udp_, tcp_, stop_}) close(fd);
}

void TestResolver::run() {
  for (;;) {
    pollfd waiting[] = {{udp_, POLLIN, 0}, {tcp_, POLLIN, 0}, {stop_, POLLIN, 0}};
    poll(waiting, 3, -1);
    if (waiting[2].revents) return;
    if (waiting[1].revents) serve_tcp();
    if (!waiting[0].revents) continue;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    std::string query(2048, '\0');
    const ssize_t got = recvfrom(udp_, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&peer), &size);
    if (got <= 0) continue;
    query.resize(static_cast<std::size_t>(got));
    ++asked_;
    const std::string reply = answer_(query, false);
    if (!reply.empty()) (void)sendto(udp_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
  }
}

void TestResolver::serve_tcp() {
  const int fd = accept(tcp_, nullptr, nullptr);
  bound(fd);
  const std::string query = read_framed(fd);
  ++asked_;
  if (!query.empty()) write_framed(fd, answer_(query, true));
  close(fd);
}

std::string test_name_table(const std::vector<std::pair<std::string, std::vector<std::string>>>& hosts) {
  constexpr std::string_view kDomain = ".svc.cluster.local";
  istio::networking::nds::v1::NameTable table;
  for (const auto& [host, ips] : hosts) {
    auto& info = (*table.mutable_table())[host];
    for (const auto& ip : ips) info.add_ips(ip);
    const auto at = host.size() > kDomain.size() ? host.size() - kDomain.size() : 0;
    if (host.substr(at) != kDomain) {
      info.set_registry("External");
      continue;
    }
    const auto dot = host.rfind('.', at - 1);
    info.set_registry("Kubernetes");
    info.set_shortname(host.substr(0, dot));
    info.set_namespace_(host.substr(dot + 1, at - dot - 1));
  }
  return table.SerializeAsString();
}

}  // namespace amime::agent
