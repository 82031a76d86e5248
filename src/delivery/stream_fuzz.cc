// Fuzz entry of what reads a proxy's bytes: requests, the Node in the first of them, and the state machine behind.
//
// The input is a script: a byte that chooses the protocol, then frames of a length (two bytes, little endian) and so many
// bytes of a request. Lengths from kCommands on stand for what happens on our side meanwhile.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "delivery/fakes.h"

namespace amime::delivery::testing {
namespace {

constexpr std::size_t kCommands = 0xfff0;

void fill(FakeSource& source) {
  using translate::Type;
  for (const char* name : {"a", "b"}) {
    source.put(Type::kCluster, name, "1");
    source.put(Type::kEndpoint, name, "1");
  }
  source.put(Type::kListener, "0.0.0.0_80", "1");
  source.put(Type::kRoute, "80", "1");
  source.put(Type::kVirtualHost, "80/x", "1");
  source.put(Type::kSecret, "kubernetes://cert", "key");
}

void command(std::size_t number, Plane& plane, FakeProxy& proxy) {
  using translate::Type;
  switch (number % 4) {
    case 0: plane.source->put(Type::kCluster, "a", std::to_string(number)); break;
    case 1: plane.source->remove(Type::kVirtualHost, "80/x"); break;
    case 2: proxy.slow = !proxy.slow; return;
    default: proxy.finish_write(); return;
  }
  plane.publish();
}

}  // namespace
}  // namespace amime::delivery::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace amime::delivery;
  using namespace amime::delivery::testing;
  if (size == 0) return 0;
  std::string_view script(reinterpret_cast<const char*>(data), size);
  Plane plane;
  fill(*plane.source);
  plane.publish();
  FakeProxy proxy(plane, script[0] % 2 ? Protocol::kSotw : Protocol::kDelta);
  script.remove_prefix(1);
  while (script.size() >= 2 && !proxy.ended) {
    const std::size_t length = static_cast<std::uint8_t>(script[0]) | static_cast<std::uint8_t>(script[1]) << 8;
    script.remove_prefix(2);
    if (length >= kCommands) {
      command(length - kCommands, plane, proxy);
      continue;
    }
    proxy.send(std::string(script.substr(0, length)));
    script.remove_prefix(std::min(length, script.size()));
    plane.hub.run_pending();
  }
  return 0;
}
