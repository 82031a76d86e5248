#include "agent/edge.h"

#include <unistd.h>

#include "agent/agent.h"
#include "agent/dns/proxy.h"
#include "agent/status/status_server.h"
#include "base/http.h"
#include "base/log.h"
#include "base/metrics.h"

namespace amime::agent {
namespace {

constexpr char kMachinesResolvers[] = "/var/lib/istio/resolv.conf";

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

DnsProxyOptions dns_options(const AgentOptions& options, const Environment& environment, base::MetricsRegistry& metrics) {
  DnsProxyOptions out;
  if (const auto address = variable(environment, "DNS_PROXY_ADDR"); !address.empty()) out.address = address;
  // The machine's only resolver: a virtual machine whose /etc/resolv.conf leads here, with the real servers in a file of its own.
  out.ask_upstream_before_names = out.address.ends_with(":53");
  if (out.ask_upstream_before_names && access(kMachinesResolvers, R_OK) == 0) out.resolv_conf = kMachinesResolvers;
  out.context.ns = options.ns;
  out.context.domain = "svc." + options.domain;
  out.metrics = &metrics;
  return out;
}

// All addresses, or the one that everything of this agent stands at.
std::string status_address(const AgentOptions& options) {
  if (options.listen == options.address) return base::join_host_port(options.address, options.status_port);
  return base::join_host_port(options.listen.find(':') != std::string::npos ? "::" : "", options.status_port);
}

}  // namespace

struct Edge::Parts {
  base::MetricsRegistry metrics;
  std::unique_ptr<DnsProxy> dns;
  std::unique_ptr<StatusServer> status;  // dies first: it asks the others

  StatusOptions status_options(const AgentOptions& options, const Environment& environment, Agent& agent) {
    StatusOptions out;
    out.address = status_address(options);
    out.not_ready = [&agent] {
      const auto now = agent.readiness();
      if (now.ready) return std::string();
      return now.reason.empty() ? "not ready" : now.reason;
    };
    out.agent_metrics = [this, &agent] { return agent.metrics_text() + metrics.text(); };
    out.quit = [&agent] { agent.quit(); };
    out.drain = [&agent] { agent.drain(); };
    out.names_json = [this] { return dns ? dns->names_json() : std::string(); };
    if (options.listen == options.address) out.envoy_admin_host = options.address;
    out.envoy_admin_port = static_cast<std::uint16_t>(options.admin_port);
    // A gateway's status port is reachable from outside of the mesh.
    if (!options.gateway) out.prometheus_annotations = variable(environment, "ISTIO_PROMETHEUS_ANNOTATIONS");
    out.app_probers = variable(environment, "ISTIO_KUBE_APP_PROBERS");
    if (!options.ip.empty()) out.pod_ip = options.ip;
    if (variable(environment, "REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION") == "true") out.pod_ip = "localhost";
    out.metrics = &metrics;
    return out;
  }
};

Edge::Edge() : parts_(std::make_unique<Parts>()) {}
Edge::~Edge() = default;

absl::Status Edge::start(const AgentOptions& options, const Environment& environment, Agent& agent) {
  if (options.dns_capture) {
    auto dns = DnsProxy::start(dns_options(options, environment, parts_->metrics));
    if (!dns.ok()) return dns.status();
    parts_->dns = *std::move(dns);
    base::log_info("dns", "answers at port {}", parts_->dns->port());
  }
  auto status = StatusServer::start(parts_->status_options(options, environment, agent));
  if (!status.ok()) return status.status();
  parts_->status = *std::move(status);
  return absl::OkStatus();
}

void Edge::stop() { parts_->status.reset(); }

void Edge::set_names(std::string_view name_table) {
  if (!parts_->dns) return;
  if (const auto status = parts_->dns->set_names(name_table); !status.ok())
    base::log_error("dns", "names stay as they were: {}", std::string(status.message()));
}

}  // namespace amime::agent
