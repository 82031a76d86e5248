#include "local/up_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "local/fleet.h"

namespace amime::local {
namespace {

std::string app_text(const Workload& workload) {
  if (!workload.command.empty()) return workload.command;
  const auto identity = echo_identity(workload);
  return fmt::format("echo {} {}", identity.name, identity.version);
}

std::string url_of(const Workload& gateway, const LocalPort& port) {
  const char* scheme = port.name == "http" || port.name == "http2" || port.name == "grpc" ? "http" : port.name == "https" ? "https" : "tcp";
  return fmt::format("{}://{}:{}", scheme, gateway.addresses.inbound, port.local);
}

std::string shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

}  // namespace

UpReady ready_report(const std::vector<Workload>& workloads, const std::vector<unsigned>& service_ports, unsigned monitoring_port) {
  UpReady out;
  std::copy_if(service_ports.begin(), service_ports.end(), std::back_inserter(out.moved_ports),
               [](unsigned port) { return PortRule{}.local(port) != port; });
  out.monitoring_url = fmt::format("http://127.0.0.1:{}", monitoring_port);
  for (const auto& workload : workloads) {
    if (workload.gateway) {
      out.gateways.push_back({workload.key(), {}});
      for (const auto& port : workload.ports) out.gateways.back().urls.push_back(url_of(workload, port));
    } else {
      out.workloads.push_back({workload.key(), app_text(workload), workload.addresses.inbound,
                               fmt::format("http://{}:{}", workload.addresses.bind, kProxyPort)});
    }
  }
  return out;
}

std::string ready_text(const UpReady& ready) {
  std::size_t name = 8, app = 3;
  for (const auto& workload : ready.workloads) {
    name = std::max(name, workload.name.size());
    app = std::max(app, std::min<std::size_t>(workload.app.size(), 40));
  }
  for (const auto& gateway : ready.gateways) name = std::max(name, gateway.name.size());
  std::string out =
      fmt::format("{:{}}  {:{}}  {:<15}  {}\n", "WORKLOAD", name, "APP", app, "ADDRESS", "ITS WAY INTO THE MESH (http_proxy)");
  for (const auto& workload : ready.workloads)
    out += fmt::format("{:{}}  {:{}}  {:<15}  {}\n", workload.name, name, shortened(workload.app, 40), app, workload.address,
                       workload.proxy_url);
  if (!ready.gateways.empty()) out += fmt::format("\n{:{}}  {}\n", "GATEWAY", name, "URL");
  for (const auto& gateway : ready.gateways) out += fmt::format("{:{}}  {}\n", gateway.name, name, fmt::join(gateway.urls, "  "));
  if (!ready.moved_ports.empty()) {
    out += "\nPorts that an ordinary user may not bind stand higher at a workload's own address:";
    for (unsigned port : ready.moved_ports) out += fmt::format(" {} is {}", port, PortRule{}.local(port));
    out += "\n";
  }
  return out + fmt::format("\nstatus {}/debug/syncz\n", ready.monitoring_url);
}

std::vector<std::string> not_in_sync(const std::vector<Workload>& workloads, const std::vector<ProxySync>& syncs,
                                     std::vector<std::string>* refused) {
  std::vector<std::string> out;
  for (const auto& workload : workloads) {
    auto sync =
        std::find_if(syncs.rbegin(), syncs.rend(), [&](const ProxySync& one) { return one.id == workload.name + "." + workload.ns; });
    if (sync == syncs.rend() || (!sync->in_sync && sync->error.empty())) {
      out.push_back(workload.key());
    } else if (!sync->error.empty()) {
      refused->push_back(fmt::format("the Envoy of {} refuses a part of its configuration: {}", workload.key(), sync->error));
    }
  }
  return out;
}

}  // namespace amime::local
