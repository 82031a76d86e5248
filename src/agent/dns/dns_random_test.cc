// The fuzz entry, driven by random edits.
#include <gtest/gtest.h>

#include "base/mutator.h"
#define LLVMFuzzerTestOneInput dns_entry  // there are two in this room
#include "agent/dns/dns_fuzz.cc"          // the entry itself

namespace amime::agent {
namespace {

TEST(DnsRandomTest, NoPacketCrashes) {
  const std::string header("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  const std::string with_edns("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01", 12);
  const std::string question(
      "\x07reviews\x07"
      "default\x03svc\x00\x00\x01\x00\x01",
      25);
  const std::string edns("\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00", 11);
  const std::string answer("\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00", 12);
  base::Mutator mutator({header + question, with_edns + question + edns, answer + question + std::string("\xc0\x0c\x00\x01\x00\x01", 6)},
                        std::string("\x00\x01\x03\x07\x0c\x29\x3f\x40\xc0\xff.aZ", 13), 20240301);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = mutator.next();
    dns_entry(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::agent
