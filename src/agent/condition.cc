#include "agent/condition.h"

#include <fmt/format.h>

#include "base/metrics.h"

namespace amime::agent {
namespace {

using std::chrono::seconds;

Readiness not_ready(std::string reason) { return {false, std::move(reason)}; }

std::uint64_t stat(const EnvoyStats& stats, std::string_view name) {
  const auto it = stats.find(name);
  return it == stats.end() ? 0 : it->second;
}

std::string why(const std::string& problem) { return problem.empty() ? "" : fmt::format(" ({})", problem); }

}  // namespace

seconds last_good_age(const Condition& condition, Condition::Time now) {
  if (condition.connected || condition.confirmed == Condition::Time()) return seconds(0);
  return std::max(seconds(0), std::chrono::floor<seconds>(now - condition.confirmed));
}

Readiness without_envoy(const Condition& it, Condition::Time now) {
  if (it.ending) return not_ready("it ends");
  if (!it.running) return not_ready(it.envoy_problem.empty() ? "Envoy does not run" : it.envoy_problem);
  if (it.wants_certificate && it.certificate_expires == Condition::Time())
    return not_ready(fmt::format("there is no certificate yet{}", why(it.certificate_problem)));
  if (it.wants_certificate && it.certificate_expires <= now)
    return not_ready(fmt::format("the certificate has expired{}", why(it.certificate_problem)));
  const auto age = last_good_age(it, now);
  if (age > it.max_age)
    return not_ready(fmt::format("no control plane answers{}, and the last good configuration is {} s old, {} s are allowed",
                                 why(it.upstream_problem), age.count(), it.max_age.count()));
  return {true, ""};
}

Readiness by_envoy(const Condition& it, const EnvoyStats& stats) {
  if (stat(stats, "cluster_manager.cds.update_success") == 0)
    return not_ready(fmt::format("no clusters were received and accepted yet{}", why(it.upstream_problem)));
  if (stat(stats, "listener_manager.lds.update_success") == 0)
    return not_ready(fmt::format("no listeners were received and accepted yet{}", why(it.upstream_problem)));
  if (!stats.contains("server.state") || stat(stats, "server.state") != 0) return not_ready("Envoy is not live");
  if (stat(stats, "listener_manager.workers_started") == 0) return not_ready("Envoy's workers have not started");
  if (it.wants_names && !it.has_names) return not_ready("no table of names for DNS was received yet");
  return {true, ""};
}

std::string prometheus_text(const Condition& it, Condition::Time now) {
  base::MetricsRegistry metrics;
  if (it.certificate_expires != Condition::Time())
    metrics.gauge("istio_agent_cert_expiry_seconds", "How long the certificate is still valid", {{"resource_name", "default"}})
        .set(std::chrono::duration<double>(it.certificate_expires - now).count());
  metrics.gauge("amime_agent_last_good_age_seconds", "For how long no control plane has stood by what Envoy has")
      .set(static_cast<double>(last_good_age(it, now).count()));
  metrics.gauge("amime_agent_upstream_connected", "1: a control plane is connected").set(it.connected);
  metrics.gauge("amime_agent_from_last_good", "1: Envoy was given what had been kept").set(it.from_last_good);
  metrics.counter("amime_agent_upstream_reconnects_total", "How often a control plane was lost and found again").add(it.reconnects);
  metrics.counter("amime_agent_envoy_restarts_total", "How often Envoy was started again").add(it.envoy_restarts);
  metrics.counter("amime_agent_certificate_renewals_total", "Certificates that were received").add(it.renewals);
  return metrics.text();
}

}  // namespace amime::agent
