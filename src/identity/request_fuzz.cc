// Fuzz entry of what callers of the certificate authority send: a signing request in PEM. Whatever comes gives a certificate of the
// caller's own name, or a refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/authority.h"

namespace {

using namespace amime::identity;
using namespace std::chrono_literals;

const Time kNow = std::chrono::system_clock::from_time_t(1'800'000'000);

const Authority& authority() {
  static const auto it = [] {
    const Secret key = *make_key(KeyType::kEcdsaP256);
    const std::string root = *make_root(key, "cluster.local", kNow - 1h, kNow + 24h);
    return *Authority::make({root, key, root, ""}, {}, kNow);
  }();
  return *it;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Identity caller{"cluster.local", "shop", "cart"};
  const auto chain = authority().issue(text, caller, 1h, kNow);
  if (chain.ok()) {
    const auto leaf = read_certificates(chain->front());
    if (!leaf.ok() || leaf->front().uris != std::vector<std::string>{spiffe_uri(caller)} || leaf->front().is_authority) std::abort();
  }
  (void)read_certificates(text);  // as of files
  return 0;
}
