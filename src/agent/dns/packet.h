// DNS messages, as far as a proxy reads and writes them (RFC 1035, 6891). Pure; any thread. Takes any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

enum DnsType : std::uint16_t { kDnsA = 1, kDnsCname = 5, kDnsAaaa = 28, kDnsOpt = 41 };
enum class DnsCode : std::uint8_t { kOk = 0, kFormatError = 1, kServerFailure = 2, kNotImplemented = 4 };

inline constexpr std::size_t kMaxDnsMessage = 65535;  // what TCP's length can say
inline constexpr std::size_t kMinUdpLimit = 512;      // what every client takes

struct DnsQuery {
  std::uint16_t id = 0, flags = 0, type = 0, dns_class = 0;
  std::string name;              // in lower case, without the dot at the end; empty: the root, or one that no table can have
  std::size_t question_end = 0;  // where the question ends in the packet
  bool edns = false;
  std::uint16_t udp_size = 0;  // that EDNS announces
  std::size_t udp_limit() const { return udp_size < kMinUdpLimit ? kMinUdpLimit : udp_size; }
};

// kAnswer: `query` is whole. kRefuse: answer with `code`; kDrop: not even that (no query, or no header).
struct DnsReading {
  enum { kAnswer, kRefuse, kDrop } verdict = kDrop;
  DnsCode code = DnsCode::kOk;
  DnsQuery query;
};
DnsReading read_dns_query(std::string_view packet);

// Whether `reply` answers `packet`: same question, a response; its ID is `id`.
bool is_dns_reply(std::string_view reply, std::string_view packet, std::uint16_t id);
void set_dns_id(std::string& packet, std::uint16_t id);  // of at least two bytes

struct DnsAnswer {
  std::string alias_of;                // with a CNAME to this name first, if not empty
  std::vector<std::string> addresses;  // 4 bytes each for A, 16 for AAAA
};
// Authoritative. What does not fit in `limit` is left out, and TC says so.
std::string write_dns_answer(std::string_view packet, const DnsQuery& query, const DnsAnswer& answer, std::size_t limit);
// Only the header, and the question where it could be read.
std::string write_dns_error(std::string_view packet, const DnsReading& reading, DnsCode code);
// A reply from elsewhere, cut to header and question with TC where it is longer than `limit`.
std::string limit_dns_reply(std::string reply, const DnsQuery& query, std::size_t limit);

}  // namespace amime::agent
