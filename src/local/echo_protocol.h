// The protocols that the echo application speaks, without a socket: bytes in, questions to the application, bytes out.
// A protocol object belongs to one connection and is used by one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "local/echo.h"

namespace amime::local {

// What a protocol needs of its connection. Outlives the protocol.
class EchoTransport {
 public:
  using Reply = std::function<void(const EchoAnswer&)>;
  virtual ~EchoTransport() = default;
  virtual void write(std::string bytes) = 0;
  virtual void close(bool reset) = 0;  // after what was written; reset: at once, with a TCP reset
  // Answers later, from the connection's thread, or never if the connection is gone by then.
  virtual void ask(EchoRequest request, Reply reply) = 0;
};

class EchoProtocol {
 public:
  virtual ~EchoProtocol() = default;
  virtual void receive(std::string_view bytes) = 0;
};

std::unique_ptr<EchoProtocol> make_echo_http1(EchoTransport& transport);  // also HTTP/1.0, pipelining, websocket upgrades (echoed)
std::unique_ptr<EchoProtocol> make_echo_http2(EchoTransport& transport);  // cleartext, prior knowledge
// Each line is answered by "NAME/VERSION LINE".
std::unique_ptr<EchoProtocol> make_echo_lines(EchoTransport& transport, const EchoIdentity& identity);

enum class EchoKind { kHttp, kLines, kAuto };
// Which protocol the first bytes of a connection speak: 1, 2 (HTTP), 'l' (lines), 0: more bytes are needed to tell.
char detect_protocol(std::string_view first, EchoKind kind);

}  // namespace amime::local
