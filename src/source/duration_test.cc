#include "source/duration.h"

#include <gtest/gtest.h>

namespace amime::source {
namespace {

TEST(DurationTest, WhatGoTakes) {
  EXPECT_EQ(parse_duration("500ms"), 500'000'000);
  EXPECT_EQ(parse_duration("1m"), 60'000'000'000);
  EXPECT_EQ(parse_duration("1h30m"), 5400'000'000'000);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration(".5s"), 500'000'000);
  EXPECT_EQ(parse_duration("-2s"), -2'000'000'000);
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_EQ(parse_duration("10\u00b5s"), 10'000);
  EXPECT_EQ(parse_duration("3us4ns"), 3'004);
}

TEST(DurationTest, WhatItRefuses) {
  for (const char* text : {"", "5", "s", "5 s", "1d", "1h 30m", "5sec", "-", ".s", "1e3s", "99999999999h", "9223372036854775808ns"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(TimestampTest, Rfc3339) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:10Z"), 10);
  EXPECT_EQ(parse_timestamp("2024-02-01T10:00:00.123456Z"), 1706781600);
  EXPECT_EQ(parse_timestamp("2024-02-01T12:00:00+02:00"), 1706781600);
  for (const char* text :
       {"", "2024-02-01", "2024-13-01T00:00:00Z", "2024-02-01T10:00:00", "2024-02-01T10:00:00Zx", "2024-02-30T00:00:00Z"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

}  // namespace
}  // namespace amime::source
