// Published<T>: hands the newest immutable T from one writer to many readers.
//
// A mutex around a shared_ptr: std::atomic<std::shared_ptr> is not lock-free on this toolchain and ThreadSanitizer
// reports a race in it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace amime::base {

template <class T>
class Published {
 public:
  void publish(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    value_.swap(next);  // the old value dies outside the lock, with `next`
  }
  std::shared_ptr<const T> get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace amime::base
