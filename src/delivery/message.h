// Message: what delivery hands to a transport: a small private head and a body of shared bytes.
//
// A Body is made once for all streams that send the same resources and never copied. Immutable; any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace amime::delivery {

// Bytes and what keeps them alive.
struct Slice {
  std::shared_ptr<const std::string> owner;
  std::string_view bytes;
};

class Body {
 public:
  explicit Body(std::vector<Slice> slices);
  const std::vector<Slice>& slices() const { return slices_; }
  std::size_t size() const { return size_; }
  // Whatever the transport makes of the slices, made once at first use and kept as long as this body. The transport must
  // not let the result keep the body alive.
  const std::shared_ptr<const void>& prepared(const std::function<std::shared_ptr<const void>(const Body&)>& make) const;

 private:
  std::vector<Slice> slices_;
  std::size_t size_ = 0;
  mutable std::once_flag once_;
  mutable std::shared_ptr<const void> prepared_;
};
using BodyPtr = std::shared_ptr<const Body>;

struct Message {
  std::string head;  // version, type, nonce, removed names: the fields' order does not matter on the wire
  BodyPtr body;      // may be null: nothing but the head
  std::size_t size() const { return head.size() + (body ? body->size() : 0); }
};

}  // namespace amime::delivery
