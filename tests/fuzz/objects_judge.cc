// Asks the real Envoy about what translation makes of a fuzzer's corpus. What validation accepted and Envoy refuses is a bug.
// usage: objects_judge SCRATCH MOST INPUT...      INPUT: a case in one text, a folder of such, or a golden case's folder; of more
// than MOST inputs, every so manieth. $AMIME_ENVOY is the binary. What is refused is written to SCRATCH/refused.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <vector>

#include "base/log.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
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

void add(const fs::path& input, EnvoyBatch& batch) {
  const auto read = read_case_text(fs::is_directory(input) ? case_text(input) : read_text(input));
  if (read.patched) return;  // an EnvoyFilter may say what Envoy refuses
  translate::Engine engine;
  feed(engine, read.objects);
  for (const auto& proxy : read.proxies) batch.add(*engine.catalog(engine.attach(proxy.facts, translate::RouteDelivery::kWhole)), input);
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
    fmt::print("refused: {} {} of {}: {}\n", what.listener ? "listener" : "cluster", what.name, what.input.string(), reason);
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
  const auto inputs = inputs_of(argc, argv);
  for (const auto& input : inputs) add(input, batch);
  const auto refused = batch.refused();
  report(refused, fs::path(argv[1]) / "refused");
  fmt::print("Envoy judged {} clusters and listeners of {} inputs in {} runs: {} refused\n", batch.size(), inputs.size(), batch.runs(),
             refused.size());
  return refused.empty() ? 0 : 1;
}
