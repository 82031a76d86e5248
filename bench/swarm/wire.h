// Protobuf's wire format, read and written field by field, so that a load program need not decode what it does not look at.
// Readers borrow the bytes they were given. Malformed input ends the walk; it never reads beyond the bytes. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::bench {

struct Field {
  uint32_t number = 0;
  std::string_view bytes;  // of a length-delimited field, else empty
  uint64_t value = 0;      // of a varint, else 0
};

class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : rest_(message) {}
  // The next field, or false at the end and at the first malformed byte.
  bool next(Field& field);

 private:
  bool read_varint(uint64_t& value);
  bool read_bytes(uint64_t size, std::string_view& bytes);
  std::string_view rest_;
};

// The last occurrence of a length-delimited field; empty when there is none.
std::string_view find_bytes(std::string_view message, uint32_t number);

void put_bytes(std::string& out, uint32_t number, std::string_view bytes);
void put_varint(std::string& out, uint32_t number, uint64_t value);

}  // namespace amime::bench
