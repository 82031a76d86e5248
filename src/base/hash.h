// 64-bit content hashes (xxHash): resource versions, digests of objects, cache keys. Not for untrusted equality.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::base {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

// Folds `next` into `seed`; order matters.
constexpr std::uint64_t combine(std::uint64_t seed, std::uint64_t next) {
  std::uint64_t x = seed ^ (next + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  return x;
}

// 16 lower-case hexadecimal digits.
std::string hex64(std::uint64_t value);

}  // namespace amime::base
