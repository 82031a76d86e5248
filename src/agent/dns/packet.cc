#include "agent/dns/packet.h"

#include <optional>

namespace amime::agent {
namespace {

constexpr std::size_t kDnsHeader = 12, kMaxName = 255, kMaxLabel = 63;
constexpr std::uint16_t kResponse = 0x8000, kOpcode = 0x7800, kAuthoritative = 0x0400, kTruncated = 0x0200, kRecursionDesired = 0x0100,
                        kRecursionAvailable = 0x0080;
constexpr std::uint16_t kInternet = 1, kOwnUdpSize = 1232;
constexpr std::uint32_t kTtl = 30;  // clients that honour it still follow changes

std::uint16_t word(std::string_view packet, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(packet[at]) << 8 | static_cast<unsigned char>(packet[at + 1]));
}
void put_word(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}
void set_word(std::string& packet, std::size_t at, std::uint16_t value) {
  packet[at] = static_cast<char>(value >> 8);
  packet[at + 1] = static_cast<char>(value & 0xff);
}

struct DnsName {
  std::string text;  // empty where a label has a dot in it: no name of a table is like that
  std::size_t end = 0;
};

// Of a question: written out in full. Null: not a name.
std::optional<DnsName> read_question_name(std::string_view packet, std::size_t at) {
  DnsName out;
  bool odd = false;
  for (const std::size_t start = at;;) {
    if (at >= packet.size()) return std::nullopt;
    const std::size_t length = static_cast<unsigned char>(packet[at++]);
    if (length == 0) break;
    if (length > kMaxLabel || length > packet.size() - at || at + length - start >= kMaxName) return std::nullopt;
    if (!out.text.empty()) out.text += '.';
    for (const char c : packet.substr(at, length)) {
      odd |= c == '.';
      out.text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    at += length;
  }
  if (odd) out.text.clear();
  out.end = at;
  return out;
}

// Where the name ends that may be abbreviated. Null: beyond the packet.
std::optional<std::size_t> skip_name(std::string_view packet, std::size_t at) {
  while (at < packet.size()) {
    const std::size_t length = static_cast<unsigned char>(packet[at]);
    if (length == 0) return at + 1;
    if (length > kMaxLabel) return at + 2;
    at += 1 + length;
  }
  return std::nullopt;
}

// Looks for EDNS behind the question. False: the packet is broken.
bool read_edns(std::string_view packet, DnsQuery& query) {
  std::size_t at = query.question_end;
  for (unsigned records = word(packet, 6) + word(packet, 8) + word(packet, 10); records > 0; --records) {
    const auto name_end = skip_name(packet, at);
    if (!name_end || *name_end + 10 > packet.size()) return false;
    if (word(packet, *name_end) == kDnsOpt) {
      query.edns = true;
      query.udp_size = word(packet, *name_end + 2);
    }
    at = *name_end + 10 + word(packet, *name_end + 8);
    if (at > packet.size()) return false;
  }
  return true;
}

DnsReading refuse(DnsQuery query, DnsCode code) { return {.verdict = DnsReading::kRefuse, .code = code, .query = std::move(query)}; }

// Header and question of an answer, counts as given.
std::string start_reply(std::string_view packet, const DnsQuery& query, std::uint16_t flags, std::uint16_t answers, bool edns) {
  std::string out;
  put_word(out, query.id);
  put_word(out, static_cast<std::uint16_t>(kResponse | (query.flags & (kOpcode | kRecursionDesired)) | flags));
  put_word(out, query.question_end ? 1 : 0);
  put_word(out, answers);
  put_word(out, 0);
  put_word(out, edns ? 1 : 0);
  if (query.question_end) out += packet.substr(kDnsHeader, query.question_end - kDnsHeader);
  return out;
}

void put_edns(std::string& out) {
  out += '\0';
  put_word(out, kDnsOpt);
  put_word(out, kOwnUdpSize);
  out.append(6, '\0');
}
constexpr std::size_t kEdnsSize = 11;

void put_record(std::string& out, std::uint16_t name_at, std::uint16_t type, std::string_view data) {
  put_word(out, static_cast<std::uint16_t>(0xc000 | name_at));
  put_word(out, type);
  put_word(out, kInternet);
  put_word(out, kTtl >> 16);
  put_word(out, kTtl & 0xffff);
  put_word(out, static_cast<std::uint16_t>(data.size()));
  out += data;
}
constexpr std::size_t kRecordHead = 12;

std::string encode_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const auto dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    out += static_cast<char>(label.size());
    out += label;
    name = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  }
  return out + '\0';
}

}  // namespace

DnsReading read_dns_query(std::string_view packet) {
  if (packet.size() < kDnsHeader || packet.size() > kMaxDnsMessage) return {};
  DnsQuery query;
  query.id = word(packet, 0);
  query.flags = word(packet, 2);
  if (query.flags & kResponse) return {};  // answering an answer may never end
  if (query.flags & kOpcode) return refuse(std::move(query), DnsCode::kNotImplemented);
  if (word(packet, 4) != 1) return refuse(std::move(query), DnsCode::kFormatError);
  auto name = read_question_name(packet, kDnsHeader);
  if (!name || name->end + 4 > packet.size()) return refuse(std::move(query), DnsCode::kFormatError);
  query.type = word(packet, name->end);
  query.dns_class = word(packet, name->end + 2);
  query.question_end = name->end + 4;
  if (query.dns_class == kInternet) query.name = std::move(name->text);
  if (!read_edns(packet, query)) return refuse(std::move(query), DnsCode::kFormatError);
  return {.verdict = DnsReading::kAnswer, .code = DnsCode::kOk, .query = std::move(query)};
}

bool is_dns_reply(std::string_view reply, std::string_view packet, std::uint16_t id) {
  if (reply.size() < kDnsHeader || word(reply, 0) != id || !(word(reply, 2) & kResponse)) return false;
  if (word(reply, 4) == 0) return true;  // an error may come without the question
  const auto asked = read_question_name(packet, kDnsHeader), answered = read_question_name(reply, kDnsHeader);
  if (!asked || !answered || asked->text != answered->text) return false;
  if (answered->end + 4 > reply.size() || asked->end + 4 > packet.size()) return false;
  return reply.substr(answered->end, 4) == packet.substr(asked->end, 4);
}

void set_dns_id(std::string& packet, std::uint16_t id) { set_word(packet, 0, id); }

std::string write_dns_answer(std::string_view packet, const DnsQuery& query, const DnsAnswer& answer, std::size_t limit) {
  std::string out = start_reply(packet, query, kAuthoritative, 0, query.edns);
  const std::size_t room = limit - (query.edns ? kEdnsSize : 0);
  std::uint16_t answers = 0, name_at = kDnsHeader;
  bool whole = true;
  const auto put = [&](std::uint16_t type, std::string_view data) {
    whole = whole && out.size() + kRecordHead + data.size() <= room;
    if (!whole) return;
    put_record(out, name_at, type, data);
    ++answers;
  };
  if (!answer.alias_of.empty()) {
    const auto target_at = static_cast<std::uint16_t>(out.size() + kRecordHead);
    put(kDnsCname, encode_name(answer.alias_of));
    name_at = target_at;  // at most 12 + 260 + 12: a pointer reaches it
  }
  for (const auto& address : answer.addresses) put(address.size() == 4 ? kDnsA : kDnsAaaa, address);
  set_word(out, 6, answers);
  if (!whole) set_word(out, 2, word(out, 2) | kTruncated);
  if (query.edns) put_edns(out);
  return out;
}

std::string write_dns_error(std::string_view packet, const DnsReading& reading, DnsCode code) {
  std::string out = start_reply(packet, reading.query, kRecursionAvailable | static_cast<std::uint16_t>(code), 0, reading.query.edns);
  if (reading.query.edns) put_edns(out);
  return out;
}

std::string limit_dns_reply(std::string reply, const DnsQuery& query, std::size_t limit) {
  if (reply.size() <= limit || reply.size() < kDnsHeader) return reply;
  const bool question = word(reply, 4) == 1 && query.question_end <= limit;  // as long as in the query, for it is the same
  reply.resize(question ? query.question_end : kDnsHeader);
  set_word(reply, 2, word(reply, 2) | kTruncated);
  if (!question) set_word(reply, 4, 0);
  for (const std::size_t count : {6u, 8u, 10u}) set_word(reply, count, 0);
  return reply;
}

}  // namespace amime::agent
