// DnsProxy: answers the applications beside an Envoy: names of the mesh from the table that the control plane sent, all others
// from the machine's resolvers (docs: the agent's DNS). UDP and TCP at the same address.
//
// Owned by whoever starts it; destroying it stops it. One thread of its own does everything; a new table is swapped in between
// two questions, so that each is answered from one table alone.
#pragma once

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/dns/name_index.h"
#include "agent/dns/upstream.h"

namespace amime::base {
class MetricsRegistry;
}

namespace amime::agent {

struct DnsProxyOptions {
  // ADDRESS:PORT. "localhost": 127.0.0.1 and, where there is IPv6, ::1. With addresses of all interfaces, UDP from behind a redirect
  // would be answered from another address than was asked.
  std::string address = "localhost:15053";
  NameContext context;  // its search: the first of resolv.conf unless set
  std::string resolv_conf = "/etc/resolv.conf";
  DnsUpstreamOptions upstream;                     // its servers: those of resolv.conf unless set
  bool ask_upstream_before_names = false;          // else questions are failed (SERVFAIL) until there is a table
  std::size_t max_connections = 256;               // TCP
  std::chrono::milliseconds idle_timeout{10'000};  // of a TCP connection
  base::MetricsRegistry* metrics = nullptr;        // outlives the proxy
};

class DnsProxy {
 public:
  // Answers from then on. AlreadyExists: the port is in use; NotFound: no resolv.conf.
  static absl::StatusOr<std::unique_ptr<DnsProxy>> start(DnsProxyOptions options);
  ~DnsProxy();
  DnsProxy(const DnsProxy&) = delete;
  DnsProxy& operator=(const DnsProxy&) = delete;

  // A NameTable's bytes. InvalidArgument: it is none; the last good one stays. Any thread.
  absl::Status set_names(std::string_view name_table);
  bool has_names() const;          // any thread
  std::string names_json() const;  // of the table in force; empty: there is none. Any thread
  std::uint16_t port() const;

 private:
  struct Impl;
  explicit DnsProxy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace amime::agent
