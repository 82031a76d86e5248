#include "source/source.h"

#include <algorithm>

namespace amime::source {

std::size_t SourceStatus::errors() const {
  return static_cast<std::size_t>(
      std::count_if(problems.begin(), problems.end(), [](const Problem& p) { return p.severity == Severity::kError; }));
}

}  // namespace amime::source
