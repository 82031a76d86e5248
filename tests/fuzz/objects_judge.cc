// Asks the real Envoy about what translation makes of a fuzzer's corpus. What validation accepted and Envoy refuses is a bug.
// usage: objects_judge SCRATCH MOST INPUT...      INPUT: a case in one text, a folder of such, or a golden case's folder; of more
// than MOST inputs, every so manieth. $AMIME_ENVOY is the binary. What is refused is written to SCRATCH/refused.
// AMIME_FUZZ_RUNS=N: not the inputs, but N random mutations of them (written to SCRATCH/made), the same each time.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

#include "base/log.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "fuzz/case_mutator.h"
#include "fuzz/case_text.h"
#include "fuzz/envoy_batch.h"
#include "mesh/envoy_json.h"

namespace {

namespace fs = std::filesystem;
using namespace amime;
using namespace amime::test;

std::vector<fs::path> inputs_of(int argc, char** argv) {
  std::vector<fs::path> all;
  for (int i = 3; i < argc; ++i) {
    if (!fs::is_directory(argv[i]) || fs::exists(fs::path(argv[i]) / "in.yaml")) {
      all.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(argv[i])) all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  const std::size_t most = static_cast<std::size_t>(std::max(1, std::atoi(argv[2])));
  std::vector<fs::path> some;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) some.push_back(all[i * all.size() / std::min(most, all.size())]);
  return some;
}

std::string text_of(const fs::path& input) { return fs::is_directory(input) ? case_text(input) : read_text(input); }

std::vector<fs::path> mutations_of(const std::vector<fs::path>& inputs, int runs, const fs::path& folder) {
  constexpr std::size_t kLongest = 16 << 10;
  std::mt19937 random(20240702);
  std::vector<fs::path> out;
  fs::create_directories(folder);
  for (int i = 0; i < runs; ++i) {
    std::string text = text_of(inputs[random() % inputs.size()]);
    for (std::size_t steps = 1 + random() % 6; steps > 0; --steps) text = mutate_case(text, kLongest, static_cast<std::uint32_t>(random()));
    std::ofstream(out.emplace_back(folder / fmt::format("{:06}.yaml", i))) << text;
  }
  return out;
}

void add(const fs::path& input, EnvoyBatch& batch) {
  const auto read = read_case_text(text_of(input));
  if (read.patched) return;  // an EnvoyFilter may say what Envoy refuses
  translate::Engine engine;
  feed(engine, read.objects);
  for (const auto& proxy : read.proxies)
    if (proxy.judged) batch.add(*engine.catalog(engine.attach(proxy.facts, translate::RouteDelivery::kWhole)), input);
}

std::string readable(const Judged& judged) {
  envoy::config::listener::v3::Listener listener;
  envoy::config::cluster::v3::Cluster cluster;
  google::protobuf::Message& message = judged.listener ? static_cast<google::protobuf::Message&>(listener) : cluster;
  message.ParseFromString(judged.bytes);
  return mesh::write_envoy(message, true);
}

void report(const std::vector<Refused>& refused, const fs::path& folder) {
  fs::remove_all(folder);
  if (!refused.empty()) fs::create_directories(folder);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const auto& [what, reason] = refused[i];
    std::ofstream(folder / fmt::format("{}.txt", i)) << what.input.string() << "\n" << reason << "\n" << readable(what) << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* envoy = std::getenv("AMIME_ENVOY");
  if (argc < 4 || !envoy) {
    fmt::print(stderr, "usage: AMIME_ENVOY=envoy {} SCRATCH MOST INPUT...\n", argv[0]);
    return 2;
  }
  base::set_log_level(base::LogLevel::off);
  EnvoyBatch batch(envoy, argv[1]);
  auto inputs = inputs_of(argc, argv);
  if (const char* runs = std::getenv("AMIME_FUZZ_RUNS"); runs && !inputs.empty())
    inputs = mutations_of(inputs, std::atoi(runs), fs::path(argv[1]) / "made");
  for (const auto& input : inputs) add(input, batch);
  const auto refused = batch.refused();
  report(refused, fs::path(argv[1]) / "refused");
  fmt::print("Envoy judged {} clusters and listeners of {} inputs in {} runs: {} refused\n", batch.size(), inputs.size(), batch.runs(),
             refused.size());
  return refused.empty() ? 0 : 1;
}
