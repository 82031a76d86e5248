// Secret: bytes that must not be seen: private keys, tokens. It prints as "[redacted]", is compared in constant time, and is wiped
// when it dies. Whoever needs the bytes says so by name (reveal), so that a search for it shows every place they go to.
//
// A value like std::string; copies are wiped too. Any thread, as std::string.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace amime::identity {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  std::string_view reveal() const { return bytes_; }  // valid while this lives
  bool empty() const { return bytes_.empty(); }
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  std::string bytes_;
};

}  // namespace amime::identity

template <>
struct fmt::formatter<amime::identity::Secret> : fmt::formatter<std::string_view> {
  auto format(const amime::identity::Secret&, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format("[redacted]", context);
  }
};
