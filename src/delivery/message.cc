#include "delivery/message.h"

namespace amime::delivery {

Body::Body(std::vector<Slice> slices) : slices_(std::move(slices)) {
  for (const auto& slice : slices_) size_ += slice.bytes.size();
}

const std::shared_ptr<const void>& Body::prepared(const std::function<std::shared_ptr<const void>(const Body&)>& make) const {
  std::call_once(once_, [&] { prepared_ = make(*this); });
  return prepared_;
}

}  // namespace amime::delivery
