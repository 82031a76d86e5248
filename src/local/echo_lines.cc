#include "local/echo_protocol.h"

namespace amime::local {
namespace {

constexpr std::size_t kLongestLine = 1 << 20;

class Lines final : public EchoProtocol {
 public:
  Lines(EchoTransport& transport, const EchoIdentity& identity)
      : transport_(transport), prefix_(identity.name + "/" + identity.version + " ") {}

  void receive(std::string_view bytes) override {
    line_ += bytes;
    std::string out;
    std::size_t start = 0;
    for (std::size_t end; (end = line_.find('\n', start)) != std::string::npos; start = end + 1)
      out.append(prefix_).append(line_, start, end + 1 - start);
    line_.erase(0, start);
    if (!out.empty()) transport_.write(std::move(out));
    if (line_.size() > kLongestLine) transport_.close(false);
  }

 private:
  EchoTransport& transport_;
  std::string prefix_;
  std::string line_;
};

// Whether one of the two begins with the other.
bool agrees(std::string_view a, std::string_view b) {
  const auto size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

}  // namespace

std::unique_ptr<EchoProtocol> make_echo_lines(EchoTransport& transport, const EchoIdentity& identity) {
  return std::make_unique<Lines>(transport, identity);
}

char detect_protocol(std::string_view first, EchoKind kind) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0";
  if (kind == EchoKind::kLines) return 'l';
  if (first.empty()) return 0;
  if (agrees(first, kPreface)) return first.size() >= kPreface.size() ? 2 : 0;
  if (kind == EchoKind::kHttp) return 1;
  for (std::string_view method : {"GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "PATCH ", "OPTIONS ", "CONNECT ", "TRACE "})
    if (agrees(first, method)) return first.size() >= method.size() ? 1 : 0;
  return 'l';
}

}  // namespace amime::local
