#include "swarm/figures.h"

#include <algorithm>
#include <cmath>

namespace amime::bench {

Distribution distribution_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) { return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))]; };
  return {at(0.5), at(0.99), values.back()};
}

}  // namespace amime::bench
