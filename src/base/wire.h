// The protobuf wire format, as much as xDS needs: to walk a message without decoding what is in it, and to
// write the few fields that stand round bytes which are passed on. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace amime::base {

// Walks the fields of one message, in the order in which they stand. Views point into the bytes given.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  // Steps to the next field. False: the end, or bytes that are no message (then !ok()).
  bool next();
  bool ok() const { return ok_; }
  std::uint32_t field() const { return field_; }
  std::string_view bytes() const { return bytes_; }  // of a length-delimited field, else empty
  std::uint64_t number() const { return number_; }   // of a varint field, else 0

 private:
  bool varint(std::uint64_t* out);
  bool skip(std::size_t size);
  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t number_ = 0;
  std::uint32_t field_ = 0;
  bool ok_ = true;
};

void append_bytes(std::string& out, std::uint32_t field, std::string_view value);
void append_number(std::string& out, std::uint32_t field, std::uint64_t value);
// Tag and length of a field whose `size` bytes follow.
void append_prefix(std::string& out, std::uint32_t field, std::size_t size);

}  // namespace amime::base
