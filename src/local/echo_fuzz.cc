// Fuzz entry of what reads a client's bytes in the echo application: HTTP/1, HTTP/2, lines. The first byte says how the
// rest arrives: whole, or cut in pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "local/echo_protocol.h"

namespace {

using namespace amime::local;

struct Sink final : EchoTransport {
  EchoApp app{EchoIdentity{.name = "fuzz"}};
  bool closed = false;
  void write(std::string) override {}
  void close(bool) override { closed = true; }
  void ask(EchoRequest request, Reply reply) override { reply(app.answer(request)); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] % 8 ? data[0] : size;
  Sink sink;
  const char kind = detect_protocol(bytes, EchoKind::kAuto);
  if (kind == 0) return 0;
  const auto protocol = kind == 1 ? make_echo_http1(sink) : kind == 2 ? make_echo_http2(sink) : make_echo_lines(sink, sink.app.identity());
  while (!bytes.empty() && !sink.closed) {
    protocol->receive(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return 0;
}
