// The fuzz entry, driven by random edits of what Envoy sends.
#include <gtest/gtest.h>

#include "base/log.h"
#include "base/mutator.h"
#include "delivery/stream_fuzz.cc"  // the entry itself

namespace amime::delivery::testing {
namespace {

using translate::Type;
using namespace std::string_view_literals;

std::string frame(const std::string& request) {
  std::string out{static_cast<char>(request.size() & 0xff), static_cast<char>(request.size() >> 8)};
  return out + request;
}
std::string command(int number) { return {static_cast<char>(0xf0 + number), static_cast<char>(0xff)}; }

// What one stream hears when all goes well; nonces are "SERIAL.NUMBER", and each run's stream is the first of its plane.
std::string delta_script() {
  const std::string node = FakeProxy::node("sidecar~10.0.0.1~pod.default~default.svc.cluster.local", {{"NAMESPACE", "default"}});
  return '\0' + frame(delta_request(Type::kCluster, {.initial = {{"a", "0"}, {"gone", "1"}}}, node)) +
         frame(delta_request(Type::kCluster, {.nonce = "1.1"}, "")) + frame(delta_request(Type::kEndpoint, {.subscribe = {"a", "b"}}, "")) +
         command(0) + frame(delta_request(Type::kEndpoint, {.unsubscribe = {"b"}, .nonce = "1.2", .error = "no"}, "")) + command(2) +
         frame(delta_request(Type::kVirtualHost, {}, "")) + frame(delta_request(Type::kRoute, {.subscribe = {"80"}}, "")) + command(1) +
         command(3);
}
std::string sotw_script() {
  const std::string node = FakeProxy::node("router~10.0.0.1~pod.default~default.svc.cluster.local", {{"NAMESPACE", "default"}});
  return '\1' + frame(sotw_request(Type::kCluster, {}, node)) + frame(sotw_request(Type::kCluster, {.nonce = "1.1", .version = "x"}, "")) +
         frame(sotw_request(Type::kEndpoint, {.subscribe = {"a", "b"}}, "")) + command(0) +
         frame(sotw_request(Type::kSecret, {.subscribe = {"kubernetes://cert"}}, "")) + command(3);
}

TEST(StreamRandomTest, NoBytesOfAProxyCrash) {
  const auto level = base::log_level();
  base::set_log_level(base::LogLevel::off);
  base::Mutator mutator({delta_script(), sotw_script()},
                        "\0\1\2\n\x12\x1a\x22\x2a\x7f\x80\xff"
                        "aZ~./*"sv,
                        20240202);
  for (int i = 0; i < 1000; ++i) {
    const std::string script = mutator.next();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(script.data()), script.size());
  }
  base::set_log_level(level);
}

}  // namespace
}  // namespace amime::delivery::testing
