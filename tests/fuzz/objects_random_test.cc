// The fuzz entry, driven by its own mutator from the golden cases: a short run of what a fuzzer does for long.
#include <gtest/gtest.h>

#include <random>

#include "fuzz/objects_fuzz.cc"  // the entry itself

namespace amime::test {
namespace {

void run(const std::string& text) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()); }

TEST(ObjectsRandomTest, WhatIsAcceptedIsWhatEnvoyTakes) {
  const char* many = std::getenv("AMIME_FUZZ_RUNS");
  std::mt19937 random(20240701);
  std::vector<std::string> texts;
  for (const auto& folder : golden_folders(GOLDEN_DIR)) texts.push_back(case_text(folder));
  for (const auto& text : texts) run(text);
  for (int i = 0, runs = many ? std::atoi(many) : 300; i < runs; ++i) {
    std::string& text = texts[random() % texts.size()];
    SCOPED_TRACE(text);
    const std::string next = random() % 8
                                 ? mutate_case(text, 16 << 10, static_cast<std::uint32_t>(random()))
                                 : cross_cases(text, texts[random() % texts.size()], 16 << 10, static_cast<std::uint32_t>(random()));
    run(next);
    if (random() % 2) text = next;  // further from where it began
  }
}

}  // namespace
}  // namespace amime::test
