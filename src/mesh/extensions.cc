#include "mesh/extensions.h"

#include <algorithm>

#include "base/hash.h"

namespace amime::mesh {

Extensions::Extensions(std::span<const std::string_view> names) {
  hashes_.reserve(names.size());
  for (const auto name : names) hashes_.push_back(base::hash64(name));
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  hashes_.shrink_to_fit();
  digest_ = hashes_.size() + 1;
  for (const auto hash : hashes_) digest_ = base::combine(digest_, hash);
}

bool Extensions::has(std::string_view name) const { return std::binary_search(hashes_.begin(), hashes_.end(), base::hash64(name)); }

}  // namespace amime::mesh
