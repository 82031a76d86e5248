// FreedBy: lets a unique_ptr hold what a C library made: std::unique_ptr<BIO, base::FreedBy<BIO_free>>.
#pragma once

namespace amime::base {

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};

}  // namespace amime::base
