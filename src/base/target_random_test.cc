// The fuzz entry, driven by random edits.
#include <gtest/gtest.h>

#include "base/mutator.h"
#include "base/target_fuzz.cc"  // the entry itself

namespace amime::base {
namespace {

TEST(TargetRandomTest, NoTargetCrashes) {
  Mutator mutator({"/debug/config_dump?proxyID=a.b&x=%20y+z", "[::1]:15014", "127.0.0.1:80", ":0"}, "?&=%+/[]:.0123456789aF\x80", 20240204);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::base
