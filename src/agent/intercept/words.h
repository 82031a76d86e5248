// The small words of interception flags: lists, CIDRs, names. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

std::vector<std::string> split_commas(std::string_view text);  // without empty items

// A name that may stand in a rule as it is: of a user, group or interface.
bool is_plain_word(std::string_view text);

struct Cidr {
  std::string text;  // "10.0.0.0/8"; bits behind the prefix are zero
  bool v6 = false, loopback = false;
  int bits = 0;
};
std::optional<Cidr> read_cidr(std::string_view text);     // ADDRESS/BITS
std::optional<Cidr> read_address(std::string_view text);  // ADDRESS, as /32 or /128

}  // namespace amime::agent
