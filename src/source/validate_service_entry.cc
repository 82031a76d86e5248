// networking.istio.io ServiceEntry.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mesh/model.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "networking/v1alpha3/sidecar.pb.h"
#include "networking/v1alpha3/workload_entry.pb.h"
#include "source/checks.h"
#include "source/validators.h"

namespace amime::source {
namespace {

using networking::ServiceEntry;

void check_hosts(const ServiceEntry& entry, const Path& at, Errors& errors) {
  if (entry.hosts().empty()) errors.add(at, "at least one is required");
  for (int i = 0; i < entry.hosts_size(); ++i) {
    const std::string& host = entry.hosts(i);
    if (host == "*") {
      errors.add(at / i, "\"*\" is not allowed in a ServiceEntry");
      continue;
    }
    check_wrong(wrong_with_wildcard_host(host), at / i, errors);
    if (entry.resolution() != ServiceEntry::DYNAMIC_DNS && host.find('*') != std::string::npos && !host.starts_with("*."))
      errors.warn(at / i, fmt::format("\"{}\": a wildcard stands for whole labels (*.example.com)", host));
  }
}

StringList check_ports(const ServiceEntry& entry, const Path& at, Errors& errors) {
  std::set<std::string> names;
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < entry.ports_size(); ++i) {
    const auto& port = entry.ports(i);
    check_label(port.name(), "port name", at / i / "name", errors);
    check_protocol(port.protocol(), at / i / "protocol", errors);
    check_port(port.number(), at / i / "number", errors);
    if (port.target_port() != 0) check_port(port.target_port(), at / i / "targetPort", errors);
    if (!names.insert(port.name()).second) errors.add(at / i / "name", fmt::format("\"{}\" stands twice", port.name()));
    if (!numbers.insert(port.number()).second) errors.add(at / i / "number", fmt::format("{} stands twice", port.number()));
  }
  return list_of(names);
}

void check_static(const ServiceEntry& entry, const StringList& ports, const Path& spec, Errors& errors) {
  for (int i = 0; i < entry.endpoints_size(); ++i) check_workload_entry(entry.endpoints(i), &ports, false, spec / "endpoints" / i, errors);
}

void check_dns_endpoint(const networking::WorkloadEntry& endpoint, const StringList& ports, const Path& at, Errors& errors) {
  if (!is_ip(endpoint.address()) && !wrong_with_fqdn(endpoint.address()).empty())
    errors.add(at / "address", fmt::format("\"{}\" is neither an IP address nor a host name", endpoint.address()));
  check_labels(map_of(endpoint.labels()), at / "labels", errors);
  for (const auto& [name, port] : endpoint.ports()) {
    if (std::find(ports.begin(), ports.end(), name) == ports.end()) errors.add((at / "ports").key(name), "is no port of this ServiceEntry");
    check_port(port, (at / "ports").key(name), errors);
  }
}

void check_dns(const ServiceEntry& entry, const StringList& ports, const Path& spec, Errors& errors) {
  if (entry.endpoints().empty())
    for (int i = 0; i < entry.hosts_size(); ++i)
      if (const std::string wrong = wrong_with_fqdn(entry.hosts(i)); !wrong.empty()) {
        errors.add(spec / "hosts" / i, fmt::format("cannot be resolved by DNS, and there are no endpoints: {}", wrong));
        break;
      }
  if (entry.resolution() == ServiceEntry::DNS_ROUND_ROBIN && entry.endpoints_size() > 1)
    errors.add(spec / "endpoints", "at most one for resolution DNS_ROUND_ROBIN");
  for (int i = 0; i < entry.endpoints_size(); ++i) check_dns_endpoint(entry.endpoints(i), ports, spec / "endpoints" / i, errors);
}

void check_dynamic_dns(const ServiceEntry& entry, const Path& spec, Errors& errors) {
  for (int i = 0; i < entry.hosts_size(); ++i)
    if (!entry.hosts(i).starts_with('*')) errors.add(spec / "hosts" / i, "must begin with a wildcard for resolution DYNAMIC_DNS");
  if (!entry.addresses().empty()) errors.add(spec / "addresses", "cannot stand together with resolution DYNAMIC_DNS");
  if (!entry.endpoints().empty()) errors.add(spec / "endpoints", "cannot stand together with resolution DYNAMIC_DNS");
  for (int i = 0; i < entry.ports_size(); ++i) {
    const auto protocol = mesh::parse_protocol(entry.ports(i).protocol());
    const bool fits = protocol == mesh::Protocol::kHttp || protocol == mesh::Protocol::kHttp2 || protocol == mesh::Protocol::kGrpc ||
                      protocol == mesh::Protocol::kTls;
    if (!fits) errors.add(spec / "ports" / i / "protocol", "must be HTTP, HTTP2, GRPC or TLS for resolution DYNAMIC_DNS");
  }
}

void check_none(const ServiceEntry& entry, const Path& spec, Errors& errors) {
  if (!entry.endpoints().empty()) errors.add(spec / "endpoints", "cannot stand together with resolution NONE");
  if (entry.has_workload_selector()) errors.warn(spec / "workloadSelector", "has no effect with resolution NONE");
}

// Plain TCP carries no host name: several hosts could not be told apart.
void check_several_hosts(const ServiceEntry& entry, const Path& spec, Errors& errors) {
  if (entry.resolution() == ServiceEntry::NONE || entry.hosts_size() < 2) return;
  for (int i = 0; i < entry.ports_size(); ++i) {
    const auto protocol = mesh::parse_protocol(entry.ports(i).protocol());
    if (!mesh::is_http(protocol) && !mesh::is_tls(protocol))
      return errors.warn(spec / "ports" / i / "protocol",
                         "should be HTTP or TLS where there are several hosts: TCP cannot tell them apart");
  }
}

}  // namespace

void validate_service_entry(const ServiceEntry& entry, const std::string& ns, Errors& errors) {
  const Path spec = Path() / "spec";
  if (entry.has_workload_selector()) check_selector(map_of(entry.workload_selector().labels()), spec / "workloadSelector", errors);
  if (entry.has_workload_selector() && !entry.endpoints().empty())
    errors.add(spec / "workloadSelector", "cannot stand together with endpoints");
  check_hosts(entry, spec / "hosts", errors);
  check_addresses(list_of(entry.addresses()), spec / "addresses", errors);
  for (int i = 0; i < entry.addresses_size(); ++i)
    if (entry.addresses(i).find('/') != std::string::npos && entry.resolution() != ServiceEntry::NONE &&
        entry.resolution() != ServiceEntry::STATIC)
      errors.add(spec / "addresses" / i, "ADDRESS/BITS needs resolution NONE or STATIC");
  const StringList ports = check_ports(entry, spec / "ports", errors);
  switch (entry.resolution()) {
    case ServiceEntry::NONE: check_none(entry, spec, errors); break;
    case ServiceEntry::STATIC: check_static(entry, ports, spec, errors); break;
    case ServiceEntry::DNS:
    case ServiceEntry::DNS_ROUND_ROBIN: check_dns(entry, ports, spec, errors); break;
    case ServiceEntry::DYNAMIC_DNS: check_dynamic_dns(entry, spec, errors); break;
    default: break;
  }
  check_several_hosts(entry, spec, errors);
  check_export_to(list_of(entry.export_to()), ns, true, spec / "exportTo", errors);
}

}  // namespace amime::source
