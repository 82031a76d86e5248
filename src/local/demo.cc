#include "local/demo.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "local/demo_traffic.h"

namespace amime::local {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
constexpr auto kRow = 1000ms;
constexpr auto kSettle = 1000ms;  // far more than a change takes

// A directory that is gone when this is.
struct DemoDirectory {
  DemoDirectory() {
    std::string pattern = (fs::temp_directory_path() / "amime-demo-XXXXXX").string();
    if (const char* made = mkdtemp(pattern.data())) path = made;
  }
  ~DemoDirectory() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
  fs::path path;
};

struct Step {
  int v1, v2;
};
constexpr Step kSteps[] = {{100, 0}, {50, 50}, {0, 100}};

std::string routes(Step step) {
  return fmt::format(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: reviews, namespace: default}}\nspec:\n  hosts: "
      "[reviews]\n  http:\n"
      "    - route:\n        - destination: {{host: reviews, subset: v1}}\n          weight: {}\n        - destination: {{host: reviews, "
      "subset: v2}}\n"
      "          weight: {}\n",
      step.v1, step.v2);
}

// As editors do: written beside, then renamed over.
void write_routes(const fs::path& dir, Step step) {
  std::ofstream(dir / "reviews.tmp") << routes(step);
  fs::rename(dir / "reviews.tmp", dir / "reviews.yaml");
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::lround(share * 20));
  return std::string(filled, '#') + std::string(20 - filled, '.');
}

void print_head() {
  fmt::print("\n  {:>9}  {:>8}  {:>12}  {:<20}  {:>12}  {:>8}  {:>6}\n", "weights", "requests", "reviews v1", "", "reviews v2", "p99 ms",
             "errors");
}

void print_row(Step step, const DemoTraffic::Tally& tally, long errors) {
  auto count = [&](const char* version) {
    auto it = tally.by_version.find(version);
    return it == tally.by_version.end() ? 0L : it->second;
  };
  const double all = std::max(1.0, static_cast<double>(tally.all));
  const double v1 = static_cast<double>(count("v1")) / all, v2 = static_cast<double>(count("v2")) / all;
  fmt::print("  {:>9}  {:>8}  {:>11.0f}%  {}  {:>11.0f}%  {:>8.1f}  {:>6}\n", fmt::format("{}/{}", step.v1, step.v2), tally.all, 100 * v1,
             bar(v2), 100 * v2, percentile(tally.milliseconds, 0.99), errors);
  std::fflush(stdout);
}

// Whether the counts agree with the weights: within five standard deviations, and exactly where one is 0.
absl::Status check_split(Step step, const std::map<std::string, long>& counts) {
  auto count = [&](const char* version) {
    auto it = counts.find(version);
    return it == counts.end() ? 0L : it->second;
  };
  const double all = static_cast<double>(count("v1") + count("v2")), share = step.v2 / 100.0;
  if (all == 0) return absl::InternalError("no request was answered");
  const double off = std::abs(static_cast<double>(count("v2")) / all - share);
  if (off <= 5 * std::sqrt(share * (1 - share) / all)) return absl::OkStatus();
  return absl::InternalError(fmt::format("at weights {}/{}, {} of {} requests went to v2", step.v1, step.v2, count("v2"), all));
}

std::set<std::string> versions_of(Step step) {
  std::set<std::string> out;
  if (step.v1) out.insert("v1");
  if (step.v2) out.insert("v2");
  return out;
}

class Demo {
 public:
  Demo(const DemoOptions& options, fs::path dir, std::string gateway)
      : options_(options), dir_(std::move(dir)), traffic_(std::move(gateway), options.requests_a_second) {}

  absl::Status run(const UpWait& wait, bool* interrupted) {
    print_head();
    traffic_.allow(versions_of(kSteps[0]));
    traffic_.start();
    for (std::size_t i = 0; i < std::size(kSteps); ++i) {
      if (i > 0 && !change(kSteps[i - 1], kSteps[i], wait)) return stopped(interrupted);
      std::map<std::string, long> counts;
      if (!watch(kSteps[i], wait, &counts)) return stopped(interrupted);
      if (auto status = check_split(kSteps[i], counts); !status.ok()) return status;
    }
    traffic_.stop();
    long errors = 0;
    const auto rest = traffic_.take(&errors);
    if (!rest.first_error.empty() && first_error_.empty()) first_error_ = rest.first_error;
    if (errors) return absl::InternalError(fmt::format("{} requests were not answered as configured; the first: {}", errors, first_error_));
    return absl::OkStatus();
  }

 private:
  // Writes the new weights and gives the change time; what is answered meanwhile may be old or new.
  bool change(Step from, Step to, const UpWait& wait) {
    auto both = versions_of(from);
    both.merge(versions_of(to));
    traffic_.allow(both);
    write_routes(dir_, to);
    if (!wait(kSettle)) return false;
    traffic_.allow(versions_of(to));
    absorb(traffic_.take());
    return wait(100ms) && (absorb(traffic_.take()), true);
  }

  bool watch(Step step, const UpWait& wait, std::map<std::string, long>* counts) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.seconds_a_step);
    do {
      if (!wait(kRow)) return false;
      long errors = 0;
      const auto tally = traffic_.take(&errors);
      absorb(tally);
      for (const auto& [version, count] : tally.by_version) (*counts)[version] += count;
      print_row(step, tally, errors);
    } while (std::chrono::steady_clock::now() < end);
    return true;
  }

  void absorb(const DemoTraffic::Tally& tally) {
    if (first_error_.empty()) first_error_ = tally.first_error;
  }

  absl::Status stopped(bool* interrupted) {
    *interrupted = true;
    return absl::OkStatus();
  }

  const DemoOptions& options_;
  const fs::path dir_;
  DemoTraffic traffic_;
  std::string first_error_;
};

void print_what_to_try(const UpReady& ready, const fs::path& dir) {
  const std::string& url = ready.gateways[0].urls[0];
  fmt::print(
      "\nEvery request was answered as configured.\n\nThe mesh stays up. Try, in another terminal:\n"
      "  curl {0}/productpage\n"
      "  edit {1}/reviews.yaml          # it takes effect when you save it\n"
      "  curl {2}/debug/syncz            # what each Envoy runs\n"
      "examples/bookinfo/README.md goes on from here. Ctrl-C ends everything.\n",
      url, dir.string(), ready.monitoring_url);
  std::fflush(stdout);
}

}  // namespace

absl::Status run_demo(const DemoOptions& options) {
  DemoDirectory scratch;
  std::error_code error;
  fs::copy(options.up.dirs.at(0), scratch.path, fs::copy_options::recursive, error);
  if (scratch.path.empty() || error)
    return absl::InvalidArgumentError(fmt::format("{} cannot be copied: {}", options.up.dirs.at(0), error.message()));
  write_routes(scratch.path, kSteps[0]);
  UpOptions up = options.up;
  up.dirs = {scratch.path};
  return run_up(up, [&](const UpReady& ready, const UpWait& wait, bool* stay) {
    *stay = false;
    if (ready.gateways.empty() || ready.gateways[0].urls.empty()) return absl::InvalidArgumentError("the sample has no gateway");
    const std::string address = ready.gateways[0].urls[0].substr(std::string("http://").size());
    bool interrupted = false;
    const auto status = Demo(options, scratch.path, address).run(wait, &interrupted);
    if (!status.ok() || interrupted) return status;
    if (isatty(STDOUT_FILENO) && isatty(STDIN_FILENO)) {
      print_what_to_try(ready, scratch.path);
      *stay = true;
    } else {
      fmt::print("\nEvery request was answered as configured.\n");
    }
    return absl::OkStatus();
  });
}

}  // namespace amime::local
