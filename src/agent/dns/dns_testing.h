// What tests of the DNS proxy play with: queries, readable answers, clients, and a resolver of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "nds/name_table.pb.h"

namespace amime::agent {

// udp_size 0: without EDNS.
std::string dns_query(const std::string& name, std::uint16_t type, std::uint16_t id = 7, std::uint16_t udp_size = 0);

struct TestReply {
  std::uint16_t id = 0;
  int code = -1;  // -1: not readable
  bool truncated = false, authoritative = false, edns = false;
  std::vector<std::string> answers;  // "NAME TTL A 10.0.0.1", in the order of the wire
  std::vector<std::string> addresses() const;
};
TestReply read_test_reply(std::string_view packet);
// The same question answered with one address, as a resolver would.
std::string resolver_reply(std::string_view query, const std::string& address);

// Each waits 5 s at most; empty: no answer.
std::string udp_ask(std::uint16_t port, const std::string& packet, bool v6 = false);
std::string tcp_ask(std::uint16_t port, const std::vector<std::string>& packets);  // one connection; the last answer

// A resolver at a port of 127.0.0.1, UDP and TCP. Its thread calls `answer`; empty: says nothing.
class TestResolver {
 public:
  using Answer = std::function<std::string(const std::string& query, bool tcp)>;
  explicit TestResolver(Answer answer);
  ~TestResolver();
  std::uint16_t port() const { return port_; }
  int asked() const { return asked_; }

 private:
  void run();
  void serve_tcp();
  const Answer answer_;
  int udp_ = -1, tcp_ = -1, stop_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

// {host, ips}: of a ServiceEntry, unless the host is NAME.NAMESPACE.svc.cluster.local.
std::string test_name_table(const std::vector<std::pair<std::string, std::vector<std::string>>>& hosts);

}  // namespace amime::agent
