// The fuzz entry, driven by random edits.
#include <gtest/gtest.h>

#include "base/mutator.h"
#include "identity/issuer_testing.h"
#define LLVMFuzzerTestOneInput token_entry  // there are two in this room
#include "identity/token_fuzz.cc"           // the entry itself

namespace amime::identity {
namespace {

TEST(TokenRandomTest, NoTokenCrashesOrIsBelieved) {
  const testing::Issuer issuer;
  base::Mutator mutator({issuer.ec_token(R"({"iss":"a","sub":"c","aud":"b","exp":1800003600})"), issuer.key_set(),
                         "amime-join.0123456789abcdef.00", "spiffe://a/ns/b/sa/c"},
                        R"(.-_{}[]":,0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ)", 20261201);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutator.next();
    token_entry(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::identity
