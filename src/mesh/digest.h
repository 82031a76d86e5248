// Digest: folds fields, in a fixed order, into the 64-bit digests by which objects and derived values are compared.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "base/hash.h"
#include "mesh/istio_fwd.h"

namespace amime::mesh {

class Digest {
 public:
  explicit Digest(std::uint64_t seed = 0) : value_(seed) {}

  Digest& add(std::string_view text) { return fold(base::hash64(text)); }
  Digest& add(const char* text) { return add(std::string_view(text)); }
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T> Digest& add(T number) { return fold(static_cast<std::uint64_t>(number)); }
  // Any container of strings, or of pairs of strings; its length is folded in, so that neighbours cannot run together.
  template <class Container>
  requires(!std::is_convertible_v<Container, std::string_view> && requires(const Container& c) {
    c.size();
    c.begin();
  }) Digest& add(const Container& items) {
    fold(items.size());
    for (const auto& item : items) add_item(item);
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  Digest& fold(std::uint64_t number) {
    value_ = base::combine(value_, number);
    return *this;
  }
  template <class A, class B>
  void add_item(const std::pair<A, B>& item) {
    add(item.first);
    add(item.second);
  }
  template <class T>
  void add_item(const T& item) {
    add(item);
  }
  std::uint64_t value_;
};

// Of the message's deterministic bytes: equal for equal messages, maps included.
std::uint64_t digest_of(const google::protobuf::Message& message);

}  // namespace amime::mesh
