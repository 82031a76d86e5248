#include "agent/intercept/words.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace amime::agent {
namespace {

struct RawAddress {
  std::array<unsigned char, 16> bytes{};
  bool v6 = false;
  int width() const { return v6 ? 128 : 32; }
};

std::optional<RawAddress> parse_address(const std::string& text) {
  RawAddress out;
  out.v6 = text.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, text.c_str(), out.bytes.data()) != 1) return std::nullopt;
  return out;
}

bool is_loopback(const RawAddress& address) {
  if (!address.v6) return address.bytes[0] == 127;
  std::array<unsigned char, 16> one{};
  one[15] = 1;
  return address.bytes == one;
}

Cidr make_cidr(RawAddress address, int bits) {
  Cidr out{.text = {}, .v6 = address.v6, .loopback = is_loopback(address), .bits = bits};
  for (int bit = bits; bit < address.width(); ++bit) address.bytes[bit / 8] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  out.text = fmt::format("{}/{}", text, bits);
  return out;
}

}  // namespace

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
  }
  return out;
}

bool is_plain_word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '+';
  };
  return !text.empty() && text.size() <= 64 && text.front() != '-' && std::all_of(text.begin(), text.end(), plain);
}

std::optional<Cidr> read_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(std::string(text.substr(0, slash)));
  const std::string_view digits = text.substr(slash + 1);
  if (!address || digits.empty() || digits.size() > 3) return std::nullopt;
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const int bits = std::stoi(std::string(digits));
  if (bits > address->width()) return std::nullopt;
  return make_cidr(*address, bits);
}

std::optional<Cidr> read_address(std::string_view text) {
  const auto address = parse_address(std::string(text));
  if (!address) return std::nullopt;
  return make_cidr(*address, address->width());
}

}  // namespace amime::agent
