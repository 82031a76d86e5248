// The fuzz entry, driven by random edits.
#include <gtest/gtest.h>

#include "base/mutator.h"
#define LLVMFuzzerTestOneInput request_entry  // there are two in this room
#include "identity/request_fuzz.cc"           // the entry itself

namespace amime::identity {
namespace {

TEST(RequestRandomTest, NoRequestCrashes) {
  const Secret key = *make_key(KeyType::kEcdsaP256);
  base::Mutator mutator({*make_request(key, "spiffe://a/ns/b/sa/c"), *make_request(key, ""), authority().root_bundle()},
                        "-BEGINCERTIFICATE REQUEST\n=+/0123456789ABCDEFabcdef", 20261201);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = mutator.next();
    request_entry(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::identity
