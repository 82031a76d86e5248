// Fuzz entry of what reads bytes in the relay: Envoy's requests, a control plane's responses; and of the texts that an agent is given.
//
// The input is a script: frames of a byte (whose: even Envoy's, odd the control plane's), a length (one byte) and so many bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/envoy_admin.h"
#include "agent/options.h"
#include "agent/relay.h"

namespace amime::agent {
namespace {

struct DeafUpstream final : Upstream {
  void start(UpstreamEvents& to) override { events = &to; }
  void stop() override { events = nullptr; }
  void send(std::string message) override { (void)read_request(message); }
  UpstreamEvents* events = nullptr;
};
struct DeafEnvoy final : Link {
  void send(std::string message) override { (void)read_response(message); }
  void close(const absl::Status&) override { closed = true; }
  bool closed = false;
};

}  // namespace
}  // namespace amime::agent

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace amime::agent;
  std::string_view script(reinterpret_cast<const char*>(data), size);
  (void)parse_duration(script);
  (void)parse_downward(script);
  (void)parse_stats(script);
  Loop loop;
  LastGood last_good({});
  DeafUpstream upstream;
  DeafEnvoy envoy;
  Relay relay(loop, last_good, upstream, {.names = true, .on_names = nullptr});
  auto session = relay.open(envoy);
  upstream.events->on_connected();
  while (script.size() >= 2 && !envoy.closed) {
    const bool up = script[0] % 2 != 0;
    const auto frame = script.substr(2, static_cast<std::uint8_t>(script[1]));
    script.remove_prefix(2 + frame.size());
    if (up) {
      upstream.events->on_response(frame);
    } else {
      session->on_message(frame);
    }
  }
  session.reset();
  return 0;
}
