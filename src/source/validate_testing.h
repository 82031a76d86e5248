// Rows of validation tests: a spec, and the problems that it must give, as "FIELD: part of the message". A warning begins
// with "warning ".
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "source/testing.h"

namespace amime::source {

struct Row {
  const char* spec;
  std::vector<std::string> problems;  // a warning begins with "warning "
};

inline void check_row(const std::string& kind, const Row& row, const std::string& metadata = "name: x, namespace: ns") {
  const ParsedFile file = parse_documents(istio_object(kind, row.spec, metadata), "test.yaml");
  std::vector<std::string> found;
  for (const auto& problem : file.problems)
    found.push_back((problem.severity == Severity::kWarning ? "warning " : "") + problem.field + ": " + problem.message);
  SCOPED_TRACE(kind + " " + row.spec + "\nfound: " + testing::PrintToString(found));
  ASSERT_EQ(found.size(), row.problems.size());
  for (const std::string& expected : row.problems) {
    const auto colon = expected.find(": ");
    const std::string field = expected.substr(0, colon + 2), part = expected.substr(colon + 2);
    const auto match = std::find_if(found.begin(), found.end(),
                                    [&](const std::string& f) { return f.starts_with(field) && f.find(part) != std::string::npos; });
    EXPECT_NE(match, found.end()) << "missing " << expected;
    if (match != found.end()) found.erase(match);
  }
}
inline void check_rows(const std::string& kind, const std::vector<Row>& rows) {
  for (const Row& row : rows) check_row(kind, row);
}

}  // namespace amime::source
