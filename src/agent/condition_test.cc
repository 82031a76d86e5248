#include "agent/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amime::agent {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const Condition::Time kNow{1000000s};

Condition well() {
  Condition out;
  out.running = out.connected = out.wants_certificate = true;
  out.max_age = 60s;
  out.confirmed = kNow;
  out.certificate_expires = kNow + 1h;
  return out;
}
const EnvoyStats kWell = {{"server.state", 0},
                          {"listener_manager.workers_started", 1},
                          {"cluster_manager.cds.update_success", 1},
                          {"listener_manager.lds.update_success", 1}};

TEST(Readiness, NothingSpeaksAgainstIt) {
  EXPECT_TRUE(without_envoy(well(), kNow).ready);
  EXPECT_TRUE(by_envoy(well(), kWell).ready);
}

TEST(Readiness, SaysWhy) {
  const auto reason = [](auto change) {
    auto condition = well();
    change(condition);
    const auto verdict = without_envoy(condition, kNow);
    EXPECT_FALSE(verdict.ready);
    return verdict.reason;
  };
  EXPECT_THAT(reason([](Condition& c) { c.running = false, c.envoy_problem = "Envoy exited with status 1"; }), HasSubstr("status 1"));
  EXPECT_THAT(reason([](Condition& c) { c.certificate_expires = {}, c.certificate_problem = "no token"; }),
              HasSubstr("no certificate yet (no token)"));
  EXPECT_THAT(reason([](Condition& c) { c.certificate_expires = kNow - 1s; }), HasSubstr("expired"));
  EXPECT_THAT(reason([](Condition& c) { c.connected = false, c.confirmed = kNow - 61s; }), HasSubstr("61 s old"));
  EXPECT_THAT(reason([](Condition& c) { c.ending = true; }), HasSubstr("ends"));
}

TEST(Readiness, AsksWhatEnvoyHas) {
  for (const auto& [name, reason] : std::map<std::string, std::string>{{"cluster_manager.cds.update_success", "clusters"},
                                                                       {"listener_manager.lds.update_success", "listeners"},
                                                                       {"listener_manager.workers_started", "workers"},
                                                                       {"server.state", "live"}}) {
    auto stats = kWell;
    stats.erase(name);
    EXPECT_THAT(by_envoy(well(), stats).reason, HasSubstr(reason));
  }
  auto waits = well();
  waits.wants_names = true;
  EXPECT_THAT(by_envoy(waits, kWell).reason, HasSubstr("names"));
}

TEST(Readiness, AnOutageShorterThanAllowedIsNone) {
  auto it = well();
  it.connected = false, it.confirmed = kNow - 59s;
  EXPECT_TRUE(without_envoy(it, kNow).ready);
  EXPECT_EQ(last_good_age(it, kNow), 59s);
}

TEST(AgentMetrics, ArePrometheusText) {
  auto it = well();
  it.envoy_restarts = 3;
  const auto text = prometheus_text(it, kNow);
  EXPECT_THAT(text, HasSubstr("istio_agent_cert_expiry_seconds{resource_name=\"default\"} 3600"));
  EXPECT_THAT(text, HasSubstr("amime_agent_envoy_restarts_total 3"));
  EXPECT_THAT(text, HasSubstr("amime_agent_upstream_connected 1"));
}

TEST(EnvoyStats, CountsConnectionsOfClientsOnly) {
  const auto stats = parse_stats(
      "listener.0.0.0.0_15006.downstream_cx_active: 2\nlistener.0.0.0.0_15006.worker_0.downstream_cx_active: 2\n"
      "listener.admin.downstream_cx_active: 1\nlistener.0.0.0.0_15021.downstream_cx_active: 4\nhttp.a.downstream_cx_active: 9\nnonsense\n"
      "cluster.x: P0(1,2)\n");
  EXPECT_EQ(active_connections(stats, 15021, 15090), 2);
  EXPECT_EQ(active_connections({}, 15021, 15090), -1);
}

}  // namespace
}  // namespace amime::agent
