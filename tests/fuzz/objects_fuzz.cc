// Fuzz entry of everything between users' YAML and what Envoys are sent: reading, validation, what Gateway API becomes, the
// mesh, translation. Whatever comes in, it ends in resources that Envoy would take or in a problem that says where.
// An input is a case in one text (case_text.h). AMIME_FUZZ_SAY=FOLDER: say what is broken, leave the input there, and go on.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/log.h"
#include "fuzz/case_mutator.h"
#include "fuzz/case_text.h"
#include "fuzz/invariants.h"
#include "translate/engine.h"

namespace {

using namespace amime;

constexpr std::size_t kLongest = 64 << 10;

// `text`: the input.
void expect_nothing(const std::string& wrong, std::string_view text) {
  if (wrong.empty()) return;
  std::fprintf(stderr, "broken: %s\n", wrong.c_str());
  const char* folder = std::getenv("AMIME_FUZZ_SAY");
  if (!folder) std::abort();
  std::ofstream(std::string(folder) + "/" + base::hex64(base::hash64(wrong)) + ".yaml") << text;
}

void check(const test::CaseText& input, std::string_view text) {
  translate::Engine engine;
  test::feed(engine, input.objects);
  for (const auto& proxy : input.proxies)
    for (const auto delivery : {translate::RouteDelivery::kWhole, translate::RouteDelivery::kPerVirtualHost}) {
      const auto catalog = engine.catalog(engine.attach(proxy.facts, delivery));
      if (!input.patched) expect_nothing(test::refusable(*catalog), text);
    }
  for (const auto& note : engine.notes())
    if (note.text.empty() || note.code.empty()) expect_nothing("a note without text of " + mesh::to_string(note.object), text);
}

std::size_t put(const std::string& text, std::uint8_t* data, std::size_t max) {
  const std::size_t size = std::min(text.size(), max);
  std::memcpy(data, text.data(), size);
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  base::set_log_level(base::LogLevel::off);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kLongest) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto input = test::read_case_text(text);
  expect_nothing(input.wrong, text);
  check(input, text);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max, unsigned seed) {
  return put(test::mutate_case({reinterpret_cast<const char*>(data), size}, max, seed), data, max);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b, std::size_t b_size,
                                                 std::uint8_t* out, std::size_t max, unsigned seed) {
  const auto text = [](const std::uint8_t* data, std::size_t size) { return std::string_view(reinterpret_cast<const char*>(data), size); };
  return put(test::cross_cases(text(a, a_size), text(b, b_size), max, seed), out, max);
}
