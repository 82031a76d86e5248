#include "base/wire.h"

namespace amime::base {
namespace {

constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

}  // namespace

bool WireReader::varint(std::uint64_t* out) {
  *out = 0;
  for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    *out |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return ok_ = false;
}

bool WireReader::skip(std::size_t size) {
  if (size > rest_.size()) return ok_ = false;
  rest_.remove_prefix(size);
  return true;
}

bool WireReader::next() {
  if (!ok_ || rest_.empty()) return false;
  std::uint64_t tag = 0;
  if (!varint(&tag)) return false;
  field_ = static_cast<std::uint32_t>(tag >> 3);
  bytes_ = {};
  number_ = 0;
  if (field_ == 0) return ok_ = false;
  switch (tag & 7) {
    case kVarint: return varint(&number_);
    case kFixed64: return skip(8);
    case kFixed32: return skip(4);
    case kLength: {
      std::uint64_t size = 0;
      if (!varint(&size)) return false;
      bytes_ = rest_.substr(0, size);
      return skip(size);
    }
    default: return ok_ = false;  // groups: no message of ours has them
  }
}

void append_prefix(std::string& out, std::uint32_t field, std::size_t size) {
  append_varint(out, (static_cast<std::uint64_t>(field) << 3) | kLength);
  append_varint(out, size);
}

void append_bytes(std::string& out, std::uint32_t field, std::string_view value) {
  append_prefix(out, field, value.size());
  out.append(value);
}

void append_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  append_varint(out, static_cast<std::uint64_t>(field) << 3);
  append_varint(out, value);
}

}  // namespace amime::base
