#include "swarm/wire.h"

#include <gtest/gtest.h>

namespace amime::bench {
namespace {

TEST(Wire, ReadsWhatItWrote) {
  std::string out;
  put_bytes(out, 3, "abc");
  put_varint(out, 200, 1ull << 40);
  put_bytes(out, 1, std::string(300, 'x'));
  FieldReader reader(out);
  Field field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 3u);
  EXPECT_EQ(field.bytes, "abc");
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.number, 200u);
  EXPECT_EQ(field.value, 1ull << 40);
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.bytes.size(), 300u);
  EXPECT_FALSE(reader.next(field));
}

TEST(Wire, SkipsFixedFields) {
  const std::string message =
      std::string("\x0d\x01\x02\x03\x04", 5) + std::string("\x11\x01\x02\x03\x04\x05\x06\x07\x08", 9) + std::string("\x1a\x01y", 3);
  EXPECT_EQ(find_bytes(message, 3), "y");
}

TEST(Wire, TruncatedInputEndsTheWalk) {
  std::string out;
  put_bytes(out, 1, "abcdef");
  put_bytes(out, 2, "ghijkl");
  for (size_t size = 0; size < out.size(); ++size) {
    FieldReader reader(std::string_view(out).substr(0, size));
    int fields = 0;
    for (Field field; reader.next(field);) ++fields;
    EXPECT_LE(fields, size >= 8 ? 1 : 0) << size;
  }
}

TEST(Wire, GroupsAndEndlessVarintsAreMalformed) {
  Field field;
  EXPECT_FALSE(FieldReader(std::string_view("\x0b\x00", 2)).next(field));
  EXPECT_FALSE(FieldReader(std::string(12, '\xff')).next(field));
}

}  // namespace
}  // namespace amime::bench
