// amime-swarm: plays many Envoys against `amime serve`, and then against its floor, and prints what each took. See docs/benchmarks.md.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

#include "swarm/measure.h"
#include "swarm/report.h"

namespace amime::bench {
namespace {

struct Arguments {
  RunInfo info;
  std::string serve;
  std::string floor = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "amime-floor").string();
  std::string replay;  // a recording to replay instead of measuring a control plane
  std::string out;
  bool sotw = false;
  bool keep = false;
  unsigned seed = 1;
};

// A directory of this run, removed at its end.
class WorkDirectory {
 public:
  explicit WorkDirectory(bool keep) : keep_(keep) {
    std::string path = (std::filesystem::temp_directory_path() / "amime-swarm-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
    path_ = path;
  }
  ~WorkDirectory() {
    std::error_code ignored;
    if (keep_) {
      std::fprintf(stderr, "kept %s\n", path_.c_str());
    } else {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  const std::string& path() const { return path_; }

 private:
  const bool keep_;
  std::string path_;
};

MeasureOptions options_of(const Arguments& arguments) {
  return {.services = arguments.info.services, .proxies = arguments.info.proxies, .protocol = arguments.info.protocol};
}

// Both ends of a thousand connections need descriptors; children inherit the limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Arguments& arguments) {
  raise_descriptor_limit();
  const WorkDirectory work(arguments.keep);
  const auto plan = plan_changes(arguments.info.services, arguments.info.count, arguments.seed);
  std::string recording = arguments.replay;
  Figures amime;
  if (recording.empty()) {
    std::fprintf(stderr, "amime serve ...\n");
    const auto target = start_serve(arguments.serve, work.path(), arguments.info.services);
    const Measured measured = measure(*target, plan, options_of(arguments), true);
    amime = measured.figures;
    recording = work.path() + "/recording";
    save(measured.recording, recording);
  }
  std::fprintf(stderr, "floor ...\n");
  const auto target = start_floor(arguments.floor, recording, work.path());
  const Figures floor = measure(*target, plan, options_of(arguments), false).figures;
  if (!arguments.replay.empty()) amime = floor;  // a look at the floor alone
  std::fputs(table_of(arguments.info, amime, floor).c_str(), stdout);
  if (!arguments.out.empty()) std::ofstream(arguments.out) << json_of(arguments.info, amime, floor);
  return 0;
}

}  // namespace
}  // namespace amime::bench

int main(int argc, char** argv) {
  using namespace amime::bench;
  Arguments arguments;
  CLI::App app(
      "Plays many Envoys against a control plane and prints what they cost it, beside the floor of the same messages.\n"
      "Example: amime-swarm --serve build/amime --services 1000 --proxies 1000 --out bench/results/delta.json");
  app.add_option("--serve", arguments.serve, "the amime binary");
  app.add_option("--floor", arguments.floor, "the amime-floor binary");
  app.add_option("--replay", arguments.replay, "measure only the floor, with this recording");
  app.add_option("--services", arguments.info.services, "services of the mesh")->default_val(1000);
  app.add_option("--proxies", arguments.info.proxies, "Envoys to play")->default_val(1000);
  app.add_option("--count", arguments.info.count, "changes of each kind")->default_val(20);
  app.add_flag("--sotw", arguments.sotw, "state of the world instead of delta");
  app.add_option("--seed", arguments.seed, "which services are changed");
  app.add_option("--label", arguments.info.label, "kept in the results");
  app.add_option("--commit", arguments.info.commit, "kept in the results");
  app.add_option("--date", arguments.info.date, "kept in the results");
  app.add_option("--out", arguments.out, "JSON results");
  app.add_flag("--keep", arguments.keep, "keep the mesh, the logs and the recording");
  CLI11_PARSE(app, argc, argv);
  arguments.info.protocol = arguments.sotw ? Protocol::sotw : Protocol::delta;
  if (arguments.serve.empty() && arguments.replay.empty()) {
    std::fputs("amime-swarm: --serve or --replay is needed\n", stderr);
    return 64;
  }
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "amime-swarm: %s\n", error.what());
    return 1;
  }
}
