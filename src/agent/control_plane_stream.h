// ControlPlaneStream: the Upstream over gRPC (delta ADS).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/loop.h"
#include "agent/remote.h"
#include "agent/upstream.h"

namespace amime::agent {

struct ControlPlaneOptions {
  std::vector<Remote> remotes;               // tried in this order
  std::function<Proof()> proof;              // asked at each attempt
  std::function<bool()> may_try;             // whether there is a proof yet
  std::chrono::milliseconds patience{1000};  // until the next address is tried, where there are several
  std::chrono::milliseconds first_wait{200}, longest_wait{5000};
};

std::unique_ptr<Upstream> make_control_plane_stream(Loop& loop, ControlPlaneOptions options);

}  // namespace amime::agent
