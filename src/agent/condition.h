// Condition: what an agent knows of itself, for others to read, and what follows from it: ready or not and why, and its metrics.
// Plain values; pure.
#pragma once

#include <chrono>
#include <string>

#include "agent/envoy_admin.h"
#include "agent/readiness.h"

namespace amime::agent {

struct Condition {
  using Time = std::chrono::system_clock::time_point;
  // Envoy
  bool running = false, ending = false;
  std::string envoy_problem;
  unsigned envoy_restarts = 0;
  // its configuration
  bool connected = false, from_last_good = false;
  std::string upstream_problem;
  unsigned reconnects = 0;
  Time confirmed{};  // Time(): never
  std::chrono::seconds max_age{};
  bool wants_names = false, has_names = false;
  // its certificate
  bool wants_certificate = false;
  std::string certificate_problem;
  Time certificate_expires{};  // Time(): there is none
  unsigned renewals = 0;
};

std::chrono::seconds last_good_age(const Condition& condition, Condition::Time now);  // 0 while connected
// What can be said without asking Envoy: whatever speaks against it.
Readiness without_envoy(const Condition& condition, Condition::Time now);
// What Envoy says (EnvoyAdmin::kReadyFilter).
Readiness by_envoy(const Condition& condition, const EnvoyStats& stats);
std::string prometheus_text(const Condition& condition, Condition::Time now);

}  // namespace amime::agent
