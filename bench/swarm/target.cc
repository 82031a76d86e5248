#include "swarm/target.h"

#include <fmt/format.h>

#include <stdexcept>

namespace amime::bench {
namespace {

constexpr auto kStartBound = std::chrono::seconds(120);

std::string loopback(int port) { return fmt::format("127.0.0.1:{}", port); }

class Serve : public Target {
 public:
  Serve(const std::string& binary, const std::string& directory, int services)
      : files_(directory + "/mesh"), port_(free_port()), monitoring_(free_port()) {
    files_.write_all(services);
    log_ = directory + "/serve.log";
    child_ = std::make_unique<Child>(std::vector<std::string>{binary, "serve", "--config-dir", directory + "/mesh", "--xds-address",
                                                              loopback(port_), "--monitoring-address", loopback(monitoring_)},
                                     log_);
    if (!wait_http_ok(*child_, monitoring_, "/ready", kStartBound)) throw std::runtime_error("amime serve did not get ready; see " + log_);
  }
  pid_t pid() const override { return child_->pid(); }
  std::string address() const override { return loopback(port_); }
  void apply(const PlannedChange& change, size_t) override { change.write(files_); }

 private:
  const MeshFiles files_;
  const int port_;
  const int monitoring_;
  std::string log_;
  std::unique_ptr<Child> child_;
};

class Floor : public Target {
 public:
  Floor(const std::string& binary, const std::string& recording, const std::string& directory) : port_(free_port()) {
    child_ = std::make_unique<Child>(std::vector<std::string>{binary, recording, loopback(port_)}, directory + "/floor.log");
    if (!wait_listening(*child_, port_, kStartBound)) throw std::runtime_error("the floor did not start; see " + directory + "/floor.log");
  }
  pid_t pid() const override { return child_->pid(); }
  std::string address() const override { return loopback(port_); }
  void apply(const PlannedChange&, size_t number) override { child_->write_line(std::to_string(number + 1)); }  // phase 0 is the cold start

 private:
  const int port_;
  std::unique_ptr<Child> child_;
};

}  // namespace

std::unique_ptr<Target> start_serve(const std::string& binary, const std::string& directory, int services) {
  return std::make_unique<Serve>(binary, directory, services);
}

std::unique_ptr<Target> start_floor(const std::string& binary, const std::string& recording, const std::string& directory) {
  return std::make_unique<Floor>(binary, recording, directory);
}

}  // namespace amime::bench
