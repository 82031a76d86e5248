// DnsUpstream: asks the resolvers of the machine what the mesh does not know.
//
// Owned by the proxy whose thread runs the io_context; everything on that thread. Every question has a socket and an ID of its
// own, so that an answer from anybody else does not count; questions under way are bounded in number and in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace amime::agent {

struct DnsUpstreamOptions {
  std::vector<std::string> servers;  // IP addresses; what is none is left out
  std::uint16_t port = 53;
  std::chrono::milliseconds timeout{2'500};  // for one server; each is asked once, a single one twice
  std::size_t max_pending = 512;
};

class DnsUpstream {
 public:
  using Done = std::function<void(std::string reply)>;  // with the ID of the question; empty: nobody answered

  DnsUpstream(boost::asio::io_context& context, const DnsUpstreamOptions& options);
  ~DnsUpstream();  // what is under way is never answered
  DnsUpstream(const DnsUpstream&) = delete;
  DnsUpstream& operator=(const DnsUpstream&) = delete;

  // `packet`: a whole query. Calls `done` once; at once where too many are under way, or there are no servers.
  void ask(std::string packet, bool tcp, Done done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace amime::agent
