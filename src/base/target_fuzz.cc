// Fuzz entry of what reads the target of a request to the monitoring port, and addresses from flags. What was decoded has
// at most as many bytes as came in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const amime::base::HttpTarget target = amime::base::parse_target(text);
  std::size_t bytes = target.path.size();
  for (const auto& [name, value] : target.query) bytes += name.size() + value.size();
  if (bytes > size) std::abort();
  std::string host;
  unsigned port = 0;
  if (amime::base::split_host_port(text, &host, &port) && port > 65535) std::abort();
  return 0;
}
