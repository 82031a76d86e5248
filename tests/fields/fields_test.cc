// Every field of Istio's traffic API is proven by a golden case, or there is a reason why not (reasons.yaml).
// AMIME_UPDATE_GOLDEN=1 rewrites docs/compatibility.md (`make golden`).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "fields/compatibility.h"

namespace amime::test {
namespace {

using testing::IsEmpty;

struct Known {
  Reasons reasons{FIELDS_DIR "/reasons.yaml"};
  std::vector<KindRows> kinds;
};

const Known& known() {
  static const Known all = [] {
    Proofs proofs;
    auto folders = golden_folders(GOLDEN_DIR);
    // EnvoyFilters last: their cases need a mesh of other objects, of which others speak at length.
    std::stable_partition(folders.begin(), folders.end(),
                          [](const auto& folder) { return !folder.filename().string().starts_with("envoy-filter"); });
    for (const auto& folder : folders) prove(load_case(folder), proofs);
    Known made;
    made.kinds = compatibility(proofs, made.reasons);
    return made;
  }();
  return all;
}

TEST(Fields, EveryOneIsProvenOrHasAReason) {
  std::vector<std::string> bare;
  for (const auto& kind : known().kinds)
    for (const auto& row : kind.rows)
      if (!row.proven() && row.reason.empty()) bare.push_back(kind.kind + " " + row.field.path);
  EXPECT_THAT(bare, IsEmpty()) << "a golden case for each, or a line in tests/fields/reasons.yaml";
}

TEST(Fields, EveryReasonIsNeeded) { EXPECT_THAT(known().reasons.unused(), IsEmpty()) << "these are proven now, or there is no such field"; }

TEST(Fields, TheDocumentIsUpToDate) {
  const std::string now = to_markdown(known().kinds);
  if (getenv("AMIME_UPDATE_GOLDEN")) std::ofstream(COMPATIBILITY_FILE) << now;
  EXPECT_EQ(now, read_text(COMPATIBILITY_FILE)) << "make golden";
}

}  // namespace
}  // namespace amime::test
