#include "translate/domains.h"

#include <fmt/format.h>

#include <algorithm>

#include "mesh/host.h"
#include "translate/hosts.h"

namespace amime::translate {
namespace {

constexpr std::string_view kClusterSuffix = ".svc.cluster.local";
constexpr std::string_view kUnspecified = "0.0.0.0";

// NAME.NAMESPACE of a cluster-local name; empty for every other host.
std::string_view name_and_namespace(std::string_view host) {
  if (!host.ends_with(kClusterSuffix) || is_wildcard(host)) return {};
  const std::string_view front = host.substr(0, host.size() - kClusterSuffix.size());
  const auto dot = front.find('.');
  return dot == std::string_view::npos || dot + 1 == front.size() ? std::string_view{} : front;
}

std::vector<std::string> all_names(const DomainRequest& request) {
  std::vector<std::string> names;
  const auto add = [&names](std::string host, bool same_namespace) {
    auto alternatives = alternative_hosts(host, same_namespace);
    names.push_back(bracketed(host));
    std::move(alternatives.begin(), alternatives.end(), std::back_inserter(names));
  };
  add(lower(request.service->host), request.same_namespace);
  for (const Alias& alias : request.aliases) add(lower(alias.host), alias.same_namespace);
  // The pods of a headless service are reached as POD.NAME...: only Kubernetes knows their names, so a wildcard stands for them.
  if (request.service->headless && request.service->kubernetes) {
    for (std::size_t i = 0, n = names.size(); i < n; ++i) names.push_back("*." + names[i]);
  }
  for (const std::string& address : request.addresses) {
    if (!address.empty() && address != kUnspecified) names.push_back(bracketed(address));
  }
  return names;
}

}  // namespace

std::string_view namespace_in_name(std::string_view host) {
  const std::string_view front = name_and_namespace(host);
  return front.empty() ? front : front.substr(front.find('.') + 1);
}

std::vector<std::string> alternative_hosts(std::string_view host, bool same_namespace) {
  std::vector<std::string> out;
  if (!mesh::is_ip(host)) out.push_back(std::string(host) + ".");
  const std::string_view front = name_and_namespace(host);
  if (front.empty()) return out;
  if (same_namespace) out.emplace_back(front.substr(0, front.find('.')));
  out.push_back(std::string(front) + ".svc");
  out.emplace_back(front);
  return out;
}

std::string full_name_of(std::string_view host, std::string_view ns) {
  if (host.empty() || is_wildcard(host)) return {};
  const auto dot = host.find('.');
  if (dot == std::string_view::npos) return fmt::format("{}.{}{}", host, ns, kClusterSuffix);
  if (host.ends_with(".svc") && host.find('.', dot + 1) == host.size() - 4) return fmt::format("{}.cluster.local", host);
  if (host.find('.', dot + 1) == std::string_view::npos) return fmt::format("{}{}", host, kClusterSuffix);
  return {};
}

std::vector<std::string> service_domains(const DomainRequest& request) {
  std::vector<std::string> out;
  const auto add = [&out](std::string domain) {
    if (std::find(out.begin(), out.end(), domain) == out.end()) out.push_back(std::move(domain));
  };
  for (std::string& name : all_names(request)) {
    if (std::find(request.excluded.begin(), request.excluded.end(), name) != request.excluded.end()) continue;
    const std::string with_port = request.with_ports ? fmt::format("{}:{}", name, request.port) : std::string{};
    if (!request.with_ports || request.port == 80) add(std::move(name));
    if (request.with_ports) add(with_port);
  }
  return out;
}

}  // namespace amime::translate
