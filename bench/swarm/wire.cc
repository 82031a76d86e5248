#include "swarm/wire.h"

namespace amime::bench {
namespace {

void append_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

}  // namespace

bool FieldReader::read_varint(uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool FieldReader::read_bytes(uint64_t size, std::string_view& bytes) {
  if (size > rest_.size()) return false;
  bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool FieldReader::next(Field& field) {
  uint64_t tag = 0;
  if (rest_.empty() || !read_varint(tag)) return false;
  field = Field{.number = static_cast<uint32_t>(tag >> 3)};
  std::string_view skipped;
  switch (tag & 7) {
    case 0: return read_varint(field.value);
    case 1: return read_bytes(8, skipped);
    case 2: {
      uint64_t size = 0;
      return read_varint(size) && read_bytes(size, field.bytes);
    }
    case 5: return read_bytes(4, skipped);
    default: return false;
  }
}

std::string_view find_bytes(std::string_view message, uint32_t number) {
  std::string_view found;
  FieldReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.number == number) found = field.bytes;
  }
  return found;
}

void put_bytes(std::string& out, uint32_t number, std::string_view bytes) {
  append_varint(out, number << 3 | 2);
  append_varint(out, bytes.size());
  out.append(bytes);
}

void put_varint(std::string& out, uint32_t number, uint64_t value) {
  append_varint(out, number << 3);
  append_varint(out, value);
}

}  // namespace amime::bench
