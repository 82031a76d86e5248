// Mutator: random edits of good inputs, for tests that drive a fuzz entry (*_fuzz.cc) a little in every run.
// Deterministic for a seed; one thread.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace amime::base {

class Mutator {
 public:
  // `alphabet`: the bytes that mean something to the reader.
  Mutator(std::vector<std::string> seeds, std::string_view alphabet, unsigned seed)
      : seeds_(std::move(seeds)), alphabet_(alphabet), random_(seed) {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    for (std::size_t edits = 1 + below(6); edits > 0; --edits) edit(text);
    return text;
  }
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

 private:
  char byte() { return alphabet_[below(alphabet_.size())]; }
  void edit(std::string& text) {
    if (text.empty()) return;
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0: text[at] = byte(); return;
      case 1: text.insert(at, 1, byte()); return;
      case 2: text.erase(at, 1 + below(8)); return;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); return;
      default: text.resize(at + 1); return;
    }
  }
  const std::vector<std::string> seeds_;
  const std::string alphabet_;
  std::mt19937 random_;
};

}  // namespace amime::base
