// The fuzz entry, driven by random edits of what clients send.
#include <gtest/gtest.h>

#include "base/mutator.h"
#include "local/echo_fuzz.cc"  // the entry itself

namespace amime::local {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

const std::vector<std::string> kSeeds = {
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\nx-echo-status: 503\r\nx-echo-delay: 1ms\r\nx-echo-set: a=b\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
    "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x83\x01\x02\x03\x04\x60\x60\x60",
    // Preface, SETTINGS, HEADERS of stream 1 (:method GET, :scheme http, :path /)
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\3\1\5\0\0\0\1\x82\x86\x84"s,
    "one line\nanother\r\n",
};

TEST(EchoRandomTest, NoBytesOfAClientCrash) {
  base::Mutator mutator(kSeeds, "\0\1\3\4\5\r\n :/=;0123456789aZ\x7f\x80\xff"sv, 20240203);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = static_cast<char>(mutator.below(256)) + mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
}

}  // namespace
}  // namespace amime::local
