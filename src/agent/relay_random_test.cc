// The fuzz entry, driven by random edits.
#include <gtest/gtest.h>

#include "agent/relay_fuzz.cc"  // the entry itself
#include "agent/types.h"
#include "base/mutator.h"

namespace amime::agent {
namespace {

std::string frame(char whose, const std::string& message) { return std::string{whose, static_cast<char>(message.size())} + message; }

TEST(RelayRandomTest, NothingThatIsSaidCrashes) {
  RequestWriter first(kClusterType), names(kListenerType), ack(kClusterType);
  first.node("NODE"), first.subscribe("*"), first.version("a", "1");
  names.subscribe("l"), names.unsubscribe("m");
  ack.nonce("1.1");
  std::string response = response_head(kClusterType, "1"), resource;
  resource = std::string("\x0a\x01v\x12\x05\x12\x03xyz\x1a\x01n", 13);
  append_resource(response, resource);
  const std::string script = frame(0, first.take()) + frame(0, names.take()) + frame(1, response) + frame(0, ack.take());
  base::Mutator mutator({script, "app=\"x\\n\"\n", "1h2m3s", "server.state: 0\n"},
                        std::string_view("\x00\x01\x02\x0a\x12\x1a\x22\x2a\x32\x3a\xff", 11), 20261201);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::agent
