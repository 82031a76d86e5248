#include "local/fleet.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <set>

#include "local/bootstrap.h"

namespace amime::local {
namespace {

constexpr auto kGrace = std::chrono::milliseconds(3000);
constexpr auto kRestartPause = std::chrono::seconds(1);

EchoKind echo_kind(PortKind kind) {
  switch (kind) {
    case PortKind::kHttp: return EchoKind::kHttp;
    case PortKind::kTcp: return EchoKind::kLines;
    case PortKind::kAny: break;
  }
  return EchoKind::kAuto;
}

std::string last_words(const base::Process& process) {
  auto text = process.tail(3);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? text : ": " + text;
}

// The calls go to where the workload's own Envoy binds the port of the URL.
std::vector<EchoCall> calls_of(const Workload& workload) {
  std::vector<EchoCall> out;
  std::string_view rest = workload.calls;
  while (!rest.empty()) {
    const auto end = rest.find_first_of(" \t\n,");
    const std::string url(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (url.empty()) continue;
    const auto authority_at = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
    std::string host;
    unsigned port = 0;
    if (!base::split_host_port(url.substr(authority_at, url.find('/', authority_at) - authority_at), &host, &port)) port = 80;
    out.push_back({url, fmt::format("{}:{}", workload.addresses.bind, PortRule{}.local(port))});
  }
  return out;
}

}  // namespace

EchoIdentity echo_identity(const Workload& workload) {
  EchoIdentity out;
  auto app = workload.labels.find("app");
  out.name = app == workload.labels.end() ? workload.owner : app->second;
  out.version = workload.version();
  out.delay = parse_delay(workload.delay);
  out.calls = calls_of(workload);
  return out;
}

std::vector<std::string> command_environment(const Workload& workload) {
  const auto proxy = fmt::format("http://{}:{}", workload.addresses.bind, kProxyPort);
  std::vector<std::string> out = {"AMIME_APP_ADDRESS=" + workload.addresses.app,
                                  "AMIME_BIND_ADDRESS=" + workload.addresses.bind,
                                  "http_proxy=" + proxy,
                                  "HTTP_PROXY=" + proxy,
                                  "POD_NAME=" + workload.name,
                                  "POD_NAMESPACE=" + workload.ns};
  if (!workload.ports.empty()) out.push_back(fmt::format("AMIME_PORT={}", workload.ports[0].local));
  for (const auto& port : workload.ports) out.push_back(fmt::format("AMIME_PORT_{}={}", port.declared, port.local));
  return out;
}

std::vector<std::pair<std::string, unsigned>> places_of(const Workload& workload, const std::vector<unsigned>& service_ports) {
  std::vector<std::pair<std::string, unsigned>> out;
  for (const unsigned port : {kAdminPort, kAgentPort, kReadyPort}) out.emplace_back(workload.addresses.inbound, port);
  for (const auto& port : workload.ports) {
    out.emplace_back(workload.addresses.inbound, port.local);
    if (!workload.gateway) out.emplace_back(workload.addresses.app, port.local);
  }
  if (workload.gateway) return out;
  out.emplace_back(workload.addresses.bind, kProxyPort);
  for (unsigned port : service_ports) out.emplace_back(workload.addresses.bind, PortRule{}.local(port));
  return out;
}

absl::Status Fleet::reconcile(const std::vector<Workload>& wanted) {
  std::set<std::string> keep;
  for (const auto& workload : wanted) {
    auto it = running_.find(workload.key());
    if (it != running_.end() && it->second.workload == workload) keep.insert(workload.key());
  }
  for (auto it = running_.begin(); it != running_.end();) {
    if (keep.contains(it->first)) {
      ++it;
    } else {
      stop(it->second);
      it = running_.erase(it);
    }
  }
  absl::Status first;
  for (const auto& workload : wanted)
    if (!keep.contains(workload.key())) first.Update(start(workload));
  return first;
}

absl::Status Fleet::start(const Workload& workload) {
  Running& running = running_[workload.key()];
  running.workload = workload;
  if (auto status = start_application(running); !status.ok()) return status;
  return start_envoy(running);
}

absl::Status Fleet::start_application(Running& running) {
  const Workload& workload = running.workload;
  if (workload.gateway) return absl::OkStatus();
  if (!workload.command.empty()) {
    auto process = base::Process::start({.argv = {"/bin/sh", "-c", workload.command},
                                         .environment = command_environment(workload),
                                         .kept = true,
                                         .keeper = options_.keeper});
    if (!process.ok())
      return absl::Status(process.status().code(), fmt::format("{}: {}", workload.key(), std::string(process.status().message())));
    running.command = std::move(*process);
    return absl::OkStatus();
  }
  auto app = std::make_shared<EchoApp>(echo_identity(workload));
  for (const auto& port : workload.ports) {
    auto listening = echo_.listen(fmt::format("{}:{}", workload.addresses.app, port.local), echo_kind(port.kind), app);
    if (!listening.ok())
      return absl::Status(listening.status().code(), fmt::format("{}: {}", workload.key(), std::string(listening.status().message())));
    running.echo_ports.push_back(port.local);
  }
  return absl::OkStatus();
}

absl::Status Fleet::start_envoy(Running& running) {
  absl::StatusOr<base::ProcessSpec> spec = base::ProcessSpec{};
  if (options_.proxy)
    spec = options_.proxy(running.workload);
  else
    spec->argv = envoy_arguments(options_.envoy, bootstrap_json(running.workload, options_.xds_port));
  if (!spec.ok()) return spec.status();
  auto process = base::Process::start(*spec);
  if (!process.ok()) return process.status();
  running.envoy = std::move(*process);
  return absl::OkStatus();
}

void Fleet::stop(Running& running) {
  std::vector<base::Process*> processes;
  for (auto* process : {running.envoy.get(), running.command.get()})
    if (process) processes.push_back(process);
  base::end_all(processes, kGrace);
  for (unsigned port : running.echo_ports) echo_.close(running.workload.addresses.app, static_cast<std::uint16_t>(port));
}

void Fleet::end() {
  std::vector<base::Process*> processes;
  for (auto& [key, running] : running_)
    for (auto* process : {running.envoy.get(), running.command.get()})
      if (process) processes.push_back(process);
  base::end_all(processes, kGrace);
  for (auto& [key, running] : running_) stop(running);
  running_.clear();
}

std::vector<std::string> Fleet::turn() {
  std::vector<std::string> sentences;
  for (auto& [key, running] : running_) {
    look_after_envoy(running, &sentences);
    look_after_command(running, &sentences);
  }
  return sentences;
}

void Fleet::look_after_envoy(Running& running, std::vector<std::string>* sentences) {
  const auto now = std::chrono::steady_clock::now();
  if (running.envoy) {
    running.envoy->read_output();
    if (!running.envoy->ended()) return;
    running.envoy->read_output();
    sentences->push_back(
        fmt::format("the Envoy of {} {}{}; it is started again", running.workload.key(), running.envoy->how(), last_words(*running.envoy)));
    running.envoy.reset();
    running.restart_at = now + kRestartPause;
  } else if (running.restart_at.time_since_epoch().count() && now >= running.restart_at) {
    if (auto status = start_envoy(running); !status.ok()) {
      sentences->push_back(fmt::format("the Envoy of {} cannot be started: {}", running.workload.key(), std::string(status.message())));
      running.restart_at = now + kRestartPause;
    }
  }
}

void Fleet::look_after_command(Running& running, std::vector<std::string>* sentences) {
  if (!running.command || running.command_done) return;
  pass_output(running);
  if (!running.command->ended()) return;
  pass_output(running);
  running.command_done = true;
  if (running.command->status() == 0 && running.workload.ports.empty()) return;  // a job that is done
  sentences->push_back(fmt::format("the command of {} ({}) {}{}", running.workload.key(), running.workload.command, running.command->how(),
                                   last_words(*running.command)));
}

void Fleet::pass_output(Running& running) {
  running.partial += running.command->read_output();
  std::size_t start = 0;
  for (std::size_t end; (end = running.partial.find('\n', start)) != std::string::npos; start = end + 1)
    if (options_.on_output) options_.on_output(running.workload.key(), running.partial.substr(start, end - start));
  running.partial.erase(0, start);
  if (running.partial.size() > (64u << 10)) running.partial.clear();
}

std::vector<std::string> Fleet::unready() const {
  std::vector<std::string> out;
  for (const auto& [key, running] : running_)
    if (!running.envoy || running.command_done) out.push_back(key);
  return out;
}

}  // namespace amime::local
