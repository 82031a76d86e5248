// Fuzz entry of what reads DNS messages: any bytes, as a client's question and as a resolver's answer. What is answered fits, and
// can itself be read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/dns/name_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace amime::agent;
  const std::string packet(reinterpret_cast<const char*>(data), size);
  const DnsReading reading = read_dns_query(packet);
  if (reading.verdict == DnsReading::kDrop) return 0;
  const std::size_t limit = reading.query.udp_limit();
  std::string reply;
  if (reading.verdict == DnsReading::kRefuse) {
    reply = write_dns_error(packet, reading, reading.code);
  } else {
    DnsAnswer answer;
    if (size % 2) answer.alias_of = reading.query.name;
    for (std::size_t i = 0; i < size % 128; ++i) answer.addresses.emplace_back(reading.query.type == kDnsA ? 4 : 16, '\x7f');
    reply = write_dns_answer(packet, reading.query, answer, limit);
    if (!is_dns_reply(reply, packet, reading.query.id)) std::abort();
    if (read_dns_query(reply).verdict != DnsReading::kDrop) std::abort();  // no loops
    is_dns_reply(packet, reply, reading.query.id);
    if (limit_dns_reply(packet, reading.query, kMinUdpLimit).size() > kMinUdpLimit) std::abort();
  }
  if (reply.size() > limit) std::abort();
  return 0;
}
