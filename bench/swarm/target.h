// A control plane under measurement: `amime serve` on the synthetic mesh, or the floor that replays what that one sent.
#pragma once

#include <memory>
#include <string>

#include "swarm/mesh_files.h"
#include "swarm/plan.h"
#include "swarm/process.h"

namespace amime::bench {

class Target {
 public:
  virtual ~Target() = default;
  virtual pid_t pid() const = 0;
  virtual std::string address() const = 0;
  // Makes change number `number` of the plan happen.
  virtual void apply(const PlannedChange& change, size_t number) = 0;
};

// Started and ready to answer when these return. Throw std::runtime_error otherwise; `directory` keeps the process's log and files.
std::unique_ptr<Target> start_serve(const std::string& binary, const std::string& directory, int services);
std::unique_ptr<Target> start_floor(const std::string& binary, const std::string& recording, const std::string& directory);

}  // namespace amime::bench
