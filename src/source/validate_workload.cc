// networking.istio.io WorkloadEntry (also as an endpoint of a ServiceEntry) and WorkloadGroup.
#include <fmt/format.h>

#include <algorithm>

#include "networking/v1alpha3/workload_entry.pb.h"
#include "networking/v1alpha3/workload_group.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

using networking::ReadinessProbe;

bool is_unix(const networking::WorkloadEntry& entry) { return entry.address().starts_with(kUnixPrefix); }

void check_address(const networking::WorkloadEntry& entry, bool host_allowed, const Path& at, Errors& errors) {
  const std::string& address = entry.address();
  if (address.empty()) {
    if (entry.network().empty()) errors.add(at / "address", "is required");
    return;
  }
  if (is_unix(entry)) {
    check_wrong(wrong_with_unix_path(std::string_view(address).substr(kUnixPrefix.size())), at / "address", errors);
    if (!entry.ports().empty()) errors.add(at / "ports", "cannot stand together with a Unix socket");
  } else if (!is_ip(address)) {
    if (!host_allowed)
      errors.add(at / "address", fmt::format("\"{}\" is not an IP address", address));
    else if (!wrong_with_fqdn(address).empty())
      errors.add(at / "address", fmt::format("\"{}\" is neither an IP address nor a host name", address));
  }
}

void check_http_probe(const networking::HTTPHealthCheckConfig& probe, const Path& at, Errors& errors) {
  check_port(probe.port(), at / "port", errors);
  if (!probe.scheme().empty() && probe.scheme() != "HTTP" && probe.scheme() != "HTTPS") errors.add(at / "scheme", "must be HTTP or HTTPS");
  for (int i = 0; i < probe.http_headers_size(); ++i)
    if (!is_plain_header_name(probe.http_headers(i).name(), "-")) errors.add(at / "httpHeaders" / i / "name", "is not a header's name");
}

void check_probe(const ReadinessProbe& probe, const Path& at, Errors& errors) {
  check_not_negative(probe.initial_delay_seconds(), at / "initialDelaySeconds", errors);
  check_not_negative(probe.timeout_seconds(), at / "timeoutSeconds", errors);
  check_not_negative(probe.period_seconds(), at / "periodSeconds", errors);
  check_not_negative(probe.success_threshold(), at / "successThreshold", errors);
  check_not_negative(probe.failure_threshold(), at / "failureThreshold", errors);
  switch (probe.health_check_method_case()) {
    case ReadinessProbe::kHttpGet: return check_http_probe(probe.http_get(), at / "httpGet", errors);
    case ReadinessProbe::kTcpSocket: return check_port(probe.tcp_socket().port(), at / "tcpSocket" / "port", errors);
    case ReadinessProbe::kExec:
      if (probe.exec().command().empty()) errors.add(at / "exec" / "command", "is required");
      return;
    case ReadinessProbe::kGrpc: return;
    default: return errors.add(at, "one of httpGet, tcpSocket, exec, grpc is required");
  }
}

}  // namespace

void check_workload_entry(const networking::WorkloadEntry& entry, const StringList* service_ports, bool host_allowed, const Path& at,
                          Errors& errors) {
  check_address(entry, host_allowed, at, errors);
  for (const auto& [name, port] : entry.ports()) {
    const Path here = (at / "ports").key(name);
    if (service_ports && std::find(service_ports->begin(), service_ports->end(), name) == service_ports->end())
      errors.add(here, "is no port of this ServiceEntry");
    check_label(name, "port name", here, errors);
    check_port(port, here, errors);
  }
  check_labels(map_of(entry.labels()), at / "labels", errors);
  if (is_unix(entry) && service_ports && service_ports->size() != 1) errors.add(at / "address", "a Unix socket serves exactly one port");
}

void validate_workload_entry(const networking::WorkloadEntry& entry, Errors& errors) {
  check_workload_entry(entry, nullptr, true, Path() / "spec", errors);
}

void validate_workload_group(const networking::WorkloadGroup& group, Errors& errors) {
  const Path spec = Path() / "spec";
  if (!group.has_template_()) errors.add(spec / "template", "is required");
  check_labels(map_of(group.metadata().labels()), spec / "metadata" / "labels", errors);
  if (group.has_probe()) check_probe(group.probe(), spec / "probe", errors);
}

}  // namespace amime::source
