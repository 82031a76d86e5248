// Says each new problem of a source once, and once that it is over. One thread.
#pragma once

#include <set>
#include <string>

#include "source/source.h"

namespace amime::source::files {

class ProblemLog {
 public:
  void report(const SourceStatus& status);

 private:
  void once(const std::string& text, bool error, std::set<std::string>& now);
  void report_held(const SourceStatus& status, std::set<std::string>& now);
  std::set<std::string> said_;
  bool first_ = true;
};

}  // namespace amime::source::files
