// Golden cases: what translation makes of users' YAML, compared with what was reviewed, and judged by the real Envoy.
// AMIME_UPDATE_GOLDEN=1 rewrites the outputs (`make golden`); AMIME_GOLDEN_DIR names another folder of cases.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>

#include "golden/golden_case.h"

namespace amime::test {
namespace {

namespace fs = std::filesystem;
using translate::Engine;
using translate::RouteDelivery;

std::string output_of(Engine& engine, const GoldenCase& c) {
  std::string out;
  for (const auto& proxy : c.proxies)
    out += fmt::format("---\n# {}\n{}", proxy.name, to_yaml(*engine.catalog(engine.attach(proxy.facts, RouteDelivery::kWhole))));
  std::string notes;
  for (const auto& note : engine.notes())
    notes += fmt::format("# {} {}: {}: {}\n", note.code, mesh::to_string(note.object), note.field, note.text);
  return notes + out;
}

class Golden : public testing::TestWithParam<fs::path> {
 protected:
  GoldenCase case_ = load_case(GetParam());
};

TEST_P(Golden, ReadsWithoutErrors) { EXPECT_EQ(case_.errors, std::vector<std::string>{}); }

TEST_P(Golden, GivesTheReviewedResources) {
  Engine engine;
  feed(engine, case_.objects);
  const std::string got = output_of(engine, case_);
  const fs::path file = case_.folder / "out.yaml";
  if (getenv("AMIME_UPDATE_GOLDEN")) std::ofstream(file) << got;
  EXPECT_EQ(got, read_text(file)) << "if this is meant: make golden, then read the diff";
}

// The same from objects that come one at a time, in another order.
TEST_P(Golden, DoesNotDependOnTheOrderOfObjects) {
  Engine whole;
  feed(whole, case_.objects);
  std::mt19937 random(1);
  auto shuffled = case_.objects;
  std::shuffle(shuffled.begin(), shuffled.end(), random);
  Engine stepwise;
  // Attached first, so that every step is incremental.
  std::vector<Engine::ScopeId> scopes;
  for (const auto& proxy : case_.proxies) scopes.push_back(stepwise.attach(proxy.facts, RouteDelivery::kWhole));
  for (const auto& object : shuffled) feed(stepwise, {object});
  for (std::size_t i = 0; i < scopes.size(); ++i)
    EXPECT_EQ(to_yaml(*stepwise.catalog(scopes[i])), to_yaml(*whole.catalog(whole.attach(case_.proxies[i].facts, RouteDelivery::kWhole))));
}

// Where cases say that certificates stand: /etc/golden/cert.pem and key.pem. Made once, for all cases.
const std::string& certificates() {
  static const std::string folder = [] {
    std::string made = testing::TempDir() + "golden-certificates-XXXXXX";
    EXPECT_NE(mkdtemp(made.data()), nullptr);
    const std::string command = fmt::format(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=golden -keyout '{0}/key.pem' -out '{0}/cert.pem' 2>/dev/null", made);
    EXPECT_EQ(system(command.c_str()), 0) << command;
    return made;
  }();
  return folder;
}

std::string with_certificates(std::string bootstrap) {
  constexpr std::string_view kPlace = "/etc/golden/";
  for (auto at = bootstrap.find(kPlace); at != std::string::npos; at = bootstrap.find(kPlace, at))
    bootstrap.replace(at, kPlace.size(), certificates() + "/");
  return bootstrap;
}

TEST_P(Golden, TheRealEnvoyTakesIt) {
  const char* envoy = getenv("AMIME_ENVOY");
  ASSERT_NE(envoy, nullptr) << "AMIME_ENVOY names the Envoy binary; make test sets it";
  Engine engine;
  feed(engine, case_.objects);
  for (const auto& proxy : case_.proxies) {
    if (!proxy.judged) continue;
    const auto catalog = engine.catalog(engine.attach(proxy.facts, RouteDelivery::kWhole));
    const fs::path file = fs::path(testing::TempDir()) / fmt::format("golden-{}-{}-{}.json", getpid(), case_.name(), proxy.name);
    std::ofstream(file) << with_certificates(to_bootstrap(*catalog, proxy));
    const std::string command = fmt::format("'{}' --mode validate -l error -c '{}' 2>&1", envoy, file.string());
    FILE* pipe = popen(command.c_str(), "r");
    std::string said;
    char buffer[4096];
    while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
    EXPECT_EQ(pclose(pipe), 0) << proxy.name << ": " << said;
    fs::remove(file);
  }
}

std::vector<fs::path> folders() {
  const char* elsewhere = getenv("AMIME_GOLDEN_DIR");
  return golden_folders(elsewhere ? elsewhere : GOLDEN_DIR);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(folders()), [](const auto& info) {
  std::string name = info.param.filename().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace amime::test
