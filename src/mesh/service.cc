#include "mesh/service.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "mesh/digest.h"
#include "mesh/host.h"
#include "mesh/mesh.h"
#include "networking/v1alpha3/service_entry.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::ServiceEntry;

constexpr std::string_view kExportTo = "networking.istio.io/exportTo";
constexpr std::string_view kDistributionAnnotation = "networking.istio.io/traffic-distribution";
constexpr std::string_view kAutoAllocate = "networking.istio.io/enable-autoallocate-ip";

const std::string* value(const Labels& labels, std::string_view key) {
  auto found = labels.find(key);
  return found == labels.end() || found->second.empty() ? nullptr : &found->second;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// spec.trafficDistribution, else the annotation of the Service, else that of its Namespace.
std::string traffic_distribution(const std::string& spec, const Labels& annotations, const ObjectPtr& ns) {
  if (spec == "PreferClose" || spec == "PreferSameZone") return "PreferClose";
  if (spec == "PreferSameNode") return spec;
  const std::string* text = value(annotations, kDistributionAnnotation);
  if (!text && ns) text = value(ns->annotations, kDistributionAnnotation);
  if (!text) return {};
  std::string wanted = lower(*text);
  if (wanted == "preferclose" || wanted == "prefersamezone") return "PreferClose";
  return wanted == "prefersamenode" ? "PreferSameNode" : "";
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> out(1);
  for (char c : text) {
    if (c == ',') {
      out.emplace_back();
    } else if (c != ' ') {
      out.back() += c;
    }
  }
  return out;
}

// A /32 (or /128) is one address and stands without its length.
std::string address_or_prefix(const std::string& text) {
  auto slash = text.find('/');
  if (slash == std::string::npos) return is_ip(text) ? text : std::string();
  std::string address = text.substr(0, slash);
  if (!is_ip(address)) return {};
  bool whole = text.substr(slash + 1) == (address.find(':') == std::string::npos ? "32" : "128");
  return whole ? address : text;
}

Resolution resolution_of(const ServiceEntry& entry) {
  switch (entry.resolution()) {
    case ServiceEntry::STATIC: return Resolution::kStatic;
    case ServiceEntry::DNS: return Resolution::kDns;
    case ServiceEntry::DNS_ROUND_ROBIN: return Resolution::kDnsRoundRobin;
    case ServiceEntry::DYNAMIC_DNS: return Resolution::kDynamicDns;
    default: return Resolution::kPassthrough;
  }
}

void fill_kube_addresses(Service& out, const KubeService& spec) {
  out.headless = !spec.cluster_ips.empty() && spec.cluster_ips.front() == "None";
  if (out.headless) {
    out.resolution = Resolution::kPassthrough;
  } else if (spec.type == "ExternalName" && !spec.external_name.empty()) {
    out.resolution = Resolution::kAlias;
    out.alias_of = spec.external_name;
    out.mesh_external = true;
  } else {
    for (const auto& ip : spec.cluster_ips)
      if (!ip.empty()) out.addresses.push_back(ip);
  }
  if (spec.type == "LoadBalancer") out.external_addresses = spec.load_balancer_ingress;
  out.external_addresses.insert(out.external_addresses.end(), spec.external_ips.begin(), spec.external_ips.end());
}

ServicePtr finish(Service service) {
  service.digest = service_digest(service);
  return std::make_shared<const Service>(std::move(service));
}

// What all hosts of a ServiceEntry have in common.
Service entry_template(const Object& object, const ServiceEntry& entry, const Settings& settings, const ObjectPtr& ns) {
  Service out;
  out.name = object.key.name;
  out.ns = object.key.ns;
  out.kubernetes = false;
  out.mesh_external = entry.location() == ServiceEntry::MESH_EXTERNAL;
  out.resolution = resolution_of(entry);
  for (const auto& text : entry.addresses()) {
    std::string address = address_or_prefix(text);
    if (!address.empty()) out.addresses.push_back(std::move(address));
  }
  for (const auto& port : entry.ports())
    out.ports.push_back({port.name(), port.number(), port.target_port(), parse_protocol(port.protocol())});
  out.export_to = parse_export_to(entry.export_to(), object.key.ns, settings.service_export_to);
  out.traffic_distribution = traffic_distribution({}, object.annotations, ns);
  out.labels = object.labels;
  out.subject_alt_names.assign(entry.subject_alt_names().begin(), entry.subject_alt_names().end());
  out.created = object.created;
  out.source = object.key;
  return out;
}

}  // namespace

const ServicePort* Service::port(std::uint32_t number) const {
  auto found = std::find_if(ports.begin(), ports.end(), [&](const ServicePort& p) { return p.port == number; });
  return found == ports.end() ? nullptr : &*found;
}

ServicePtr service_of(const Object& object, const Settings& settings, const ObjectPtr& ns) {
  const auto& spec = object.as<KubeService>();
  Service out;
  out.host = resolve_host(object.key.name, object.key.ns);
  out.name = object.key.name;
  out.ns = object.key.ns;
  fill_kube_addresses(out, spec);
  for (const auto& port : spec.ports)
    out.ports.push_back({port.name, port.port, 0, protocol_from_port(port.name, port.app_protocol, port.protocol, port.port)});
  const std::string* export_to = value(object.annotations, kExportTo);
  out.export_to =
      parse_export_to(export_to ? split_list(*export_to) : std::vector<std::string>{}, object.key.ns, settings.service_export_to);
  out.traffic_distribution = traffic_distribution(spec.traffic_distribution, object.annotations, ns);
  out.publish_not_ready = spec.publish_not_ready_addresses;
  out.node_local = spec.internal_traffic_policy == "Local";
  out.labels = object.labels;
  out.created = object.created;
  out.source = object.key;
  return finish(std::move(out));
}

std::vector<ServicePtr> services_of_entry(const Object& object, const Settings& settings, const ObjectPtr& ns,
                                          const AutoAddressesOf& auto_addresses) {
  const auto& entry = object.spec<ServiceEntry>();
  Service common = entry_template(object, entry, settings, ns);
  std::vector<std::string> hosts(entry.hosts().begin(), entry.hosts().end());
  std::vector<std::string> without = hosts_without_address(object);
  std::vector<ServicePtr> out;
  for (auto host = hosts.begin(); host != hosts.end(); ++host) {
    if (std::find(hosts.begin(), host, *host) != host) continue;  // named twice
    Service service = common;
    service.host = *host;
    if (std::find(without.begin(), without.end(), *host) != without.end()) service.auto_addresses = auto_addresses(*host);
    out.push_back(finish(std::move(service)));
  }
  return out;
}

std::vector<std::string> hosts_without_address(const Object& object) {
  const auto& entry = object.spec<ServiceEntry>();
  const std::string* wanted = value(object.labels, kAutoAllocate);
  if (entry.addresses_size() > 0 || entry.resolution() == ServiceEntry::NONE || (wanted && lower(*wanted) == "false")) return {};
  std::vector<std::string> out;
  for (const auto& host : entry.hosts())
    if (!is_wildcard(host)) out.push_back(host);
  return out;
}

bool older_service(const Service& a, const Service& b) {
  if (a.created != b.created) return a.created < b.created;
  if (int order = (a.kubernetes ? a.name : a.host).compare(b.kubernetes ? b.name : b.host)) return order < 0;
  if (int order = a.ns.compare(b.ns)) return order < 0;
  if (a.kubernetes != b.kubernetes) return a.kubernetes;
  return a.name != b.name ? a.name < b.name : a.host < b.host;
}

std::uint64_t service_digest(const Service& s) {
  Digest d;
  d.add(s.host).add(s.name).add(s.ns).add(s.kubernetes).add(s.mesh_external).add(s.headless).add(s.resolution);
  d.add(s.addresses).add(s.auto_addresses).add(s.ports.size());
  for (const auto& p : s.ports) d.add(p.name).add(p.port).add(p.target_port).add(p.protocol);
  d.add(s.export_to.all).add(s.export_to.namespaces).add(s.alias_of).add(s.external_addresses);
  d.add(s.traffic_distribution).add(s.publish_not_ready).add(s.node_local).add(s.labels).add(s.subject_alt_names);
  d.add(s.created).add(s.source.kind).add(s.source.ns).add(s.source.name);
  return d.value();
}

}  // namespace amime::mesh
