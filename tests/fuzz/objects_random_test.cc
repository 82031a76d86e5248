// The fuzz entry, driven by its own mutator from the golden cases: a short run of what a fuzzer does for long.
#include <gtest/gtest.h>

#include <random>

#include "fuzz/objects_fuzz.cc"  // the entry itself

namespace amime::test {
namespace {

constexpr std::size_t kLongestText = 16 << 10;

void run(const std::string& text) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()); }

TEST(ObjectsRandomTest, WhatIsAcceptedIsWhatEnvoyTakes) {
  const char* many = std::getenv("AMIME_FUZZ_RUNS");
  std::mt19937 random(20240701);
  const auto number = [&] { return static_cast<std::uint32_t>(random()); };
  std::vector<std::string> seeds;
  for (const auto& folder : golden_folders(GOLDEN_DIR)) seeds.push_back(case_text(folder));
  for (const auto& seed : seeds) run(seed);
  std::vector<std::string> texts = seeds;
  for (int i = 0, runs = many ? std::atoi(many) : 300; i < runs; ++i) {
    const std::size_t at = number() % texts.size();
    const std::string next = number() % 8 ? mutate_case(texts[at], kLongestText, number())
                                          : cross_cases(texts[at], texts[number() % texts.size()], kLongestText, number());
    run(next);
    // A few steps further from where it began, then from there again: most of what went far is refused.
    if (const auto dice = number() % 6; dice < 2)
      texts[at] = seeds[at];
    else if (dice < 5)
      texts[at] = next;
  }
}

}  // namespace
}  // namespace amime::test
