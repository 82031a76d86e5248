// security.istio.io AuthorizationPolicy.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "security/v1beta1/authorization_policy.pb.h"
#include "source/attachment.h"
#include "source/checks.h"
#include "source/validators.h"
#include "type/v1beta1/selector.pb.h"

namespace amime::source {
namespace {

namespace security = istio::security::v1beta1;
using security::AuthorizationPolicy;
using security::Condition;
using security::Operation;
using security::Source;

constexpr std::size_t kMostServiceAccounts = 16;
constexpr std::size_t kLongestServiceAccount = 320;

void check_not_empty(const StringList& values, const Path& at, Errors& errors) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].empty()) errors.add(at / i, "must not be empty");
}

void check_port_texts(const StringList& ports, const Path& at, Errors& errors) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(ports[i].data(), ports[i].data() + ports[i].size(), number);
    if (error != std::errc() || end != ports[i].data() + ports[i].size() || number > 65535)
      errors.add(at / i, fmt::format("\"{}\" is not a port", ports[i]));
  }
}

// "account" or "namespace/account".
void check_service_accounts(const StringList& accounts, const Path& at, Errors& errors) {
  if (accounts.size() > kMostServiceAccounts) errors.add(at, fmt::format("at most {}", kMostServiceAccounts));
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const std::string& account = accounts[i];
    const bool form =
        !account.empty() && std::count(account.begin(), account.end(), '/') <= 1 && !account.starts_with('/') && !account.ends_with('/');
    if (!form || account.size() > kLongestServiceAccount || account.find('*') != std::string::npos)
      errors.add(at / i, fmt::format("\"{}\" is not ACCOUNT or NAMESPACE/ACCOUNT", account));
  }
}

// One wildcard, first or last.
void check_wildcards(const StringList& values, const Path& at, Errors& errors) {
  check_not_empty(values, at, errors);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto stars = std::count(values[i].begin(), values[i].end(), '*');
    if (stars > 1 || (stars == 1 && !values[i].starts_with('*') && !values[i].ends_with('*')))
      errors.add(at / i, "has at most one wildcard, at its beginning or end");
  }
}

void check_trust_domains(const StringList& domains, const Path& at, Errors& errors) {
  check_wildcards(domains, at, errors);
  for (std::size_t i = 0; i < domains.size(); ++i)
    if (domains[i].find('/') != std::string::npos) errors.add(at / i, "a trust domain holds no /");
}

// Segments {*} and, as the last of them, {**}.
std::string wrong_with_path(std::string_view path) {
  const bool is_template = path.find("{*}") != std::string_view::npos || path.find("{**}") != std::string_view::npos;
  bool any_seen = false;
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  for (std::string_view rest = path;;) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const bool one = segment == "{*}", any = segment == "{**}";
    if ((one || any) && any_seen) return "{**} must be the last of its operators";
    any_seen |= any;
    if (!one && !any && segment.find_first_of("{}") != std::string_view::npos) return "{ and } stand in the segments {*} and {**} only";
    if (is_template && !one && !any && (segment.empty() || segment.find('*') != std::string_view::npos))
      return fmt::format("segment \"{}\" cannot stand beside {{*}} or {{**}}", segment);
    if (slash == std::string_view::npos) return {};
    rest = rest.substr(slash + 1);
  }
}

void check_paths(const StringList& paths, const Path& at, Errors& errors) {
  check_not_empty(paths, at, errors);
  for (std::size_t i = 0; i < paths.size(); ++i) check_wrong(wrong_with_path(paths[i]), at / i, errors);
}

void check_source(const Source& source, const Path& at, Errors& errors) {
  if (source.ByteSizeLong() == 0) return errors.add(at, "must not be empty");
  const bool named = source.principals_size() + source.not_principals_size() + source.namespaces_size() + source.not_namespaces_size() > 0;
  if (named && source.service_accounts_size() + source.not_service_accounts_size() > 0)
    errors.add(at / "serviceAccounts", "cannot stand together with principals or namespaces");
  check_not_empty(list_of(source.principals()), at / "principals", errors);
  check_not_empty(list_of(source.not_principals()), at / "notPrincipals", errors);
  check_not_empty(list_of(source.request_principals()), at / "requestPrincipals", errors);
  check_not_empty(list_of(source.not_request_principals()), at / "notRequestPrincipals", errors);
  check_not_empty(list_of(source.namespaces()), at / "namespaces", errors);
  check_not_empty(list_of(source.not_namespaces()), at / "notNamespaces", errors);
  check_service_accounts(list_of(source.service_accounts()), at / "serviceAccounts", errors);
  check_service_accounts(list_of(source.not_service_accounts()), at / "notServiceAccounts", errors);
  check_trust_domains(list_of(source.trust_domains()), at / "trustDomains", errors);
  check_trust_domains(list_of(source.not_trust_domains()), at / "notTrustDomains", errors);
  check_addresses(list_of(source.ip_blocks()), at / "ipBlocks", errors);
  check_addresses(list_of(source.not_ip_blocks()), at / "notIpBlocks", errors);
  check_addresses(list_of(source.remote_ip_blocks()), at / "remoteIpBlocks", errors);
  check_addresses(list_of(source.not_remote_ip_blocks()), at / "notRemoteIpBlocks", errors);
}

void check_operation(const Operation& operation, const Path& at, Errors& errors) {
  if (operation.ByteSizeLong() == 0) return errors.add(at, "must not be empty");
  check_port_texts(list_of(operation.ports()), at / "ports", errors);
  check_port_texts(list_of(operation.not_ports()), at / "notPorts", errors);
  check_not_empty(list_of(operation.methods()), at / "methods", errors);
  check_not_empty(list_of(operation.not_methods()), at / "notMethods", errors);
  check_not_empty(list_of(operation.hosts()), at / "hosts", errors);
  check_not_empty(list_of(operation.not_hosts()), at / "notHosts", errors);
  check_paths(list_of(operation.paths()), at / "paths", errors);
  check_paths(list_of(operation.not_paths()), at / "notPaths", errors);
}

bool has_index(std::string_view key) {
  const auto open = key.find('[');
  return key.ends_with(']') && open != std::string_view::npos && open > 0 && open + 2 < key.size();
}

void check_values(const std::string& key, const StringList& values, const Path& at, Errors& errors) {
  check_not_empty(values, at, errors);
  if (key == "source.ip" || key == "remote.ip" || key == "destination.ip")
    check_addresses(values, at, errors);
  else if (key == "destination.port")
    check_port_texts(values, at, errors);
  else if (key == "source.serviceAccount")
    check_service_accounts(values, at, errors);
  else if (key == "source.trustDomain")
    check_wildcards(values, at, errors);
}

void check_condition(const Condition& condition, const Path& at, Errors& errors) {
  static const StringList kKeys = {"source.ip",
                                   "remote.ip",
                                   "source.namespace",
                                   "source.serviceAccount",
                                   "source.principal",
                                   "source.trustDomain",
                                   "request.auth.principal",
                                   "request.auth.audiences",
                                   "request.auth.presenter",
                                   "destination.ip",
                                   "destination.port",
                                   "connection.sni"};
  const std::string& key = condition.key();
  if (key.empty()) return errors.add(at / "key", "is required");
  const bool indexed =
      key.starts_with("request.headers") || key.starts_with("request.auth.claims") || key.starts_with("experimental.envoy.filters.");
  if (indexed && !has_index(key)) errors.add(at / "key", fmt::format("\"{}\" needs the form NAME[KEY]", key));
  if (!indexed && std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
    errors.add(at / "key", fmt::format("\"{}\" is not an attribute of requests", key));
  if (condition.values().empty() && condition.not_values().empty()) errors.add(at, "one of values, notValues is required");
  check_values(key, list_of(condition.values()), at / "values", errors);
  check_values(key, list_of(condition.not_values()), at / "notValues", errors);
}

// The authorizer outside knows nothing of the peer's identity.
void check_custom_rule(const security::Rule& rule, const Path& at, Errors& errors) {
  for (int i = 0; i < rule.from_size(); ++i) {
    Source rest = rule.from(i).source();
    rest.clear_ip_blocks();
    rest.clear_not_ip_blocks();
    rest.clear_remote_ip_blocks();
    rest.clear_not_remote_ip_blocks();
    if (rest.ByteSizeLong() != 0) errors.add(at / "from" / i / "source", "action CUSTOM knows the IP fields only");
  }
  for (int i = 0; i < rule.when_size(); ++i) {
    const std::string& key = rule.when(i).key();
    const bool identity = key == "source.namespace" || key == "source.serviceAccount" || key == "source.trustDomain" ||
                          key == "source.principal" || key.starts_with("request.auth.");
    if (identity) errors.add(at / "when" / i / "key", fmt::format("\"{}\" is not supported with action CUSTOM", key));
  }
}

void check_action(const AuthorizationPolicy& policy, const Path& spec, Errors& errors) {
  const bool custom = policy.action() == AuthorizationPolicy::CUSTOM;
  if ((custom || policy.action() == AuthorizationPolicy::DENY) && policy.rules().empty())
    errors.add(spec / "rules", "without rules this never applies; one empty rule {} applies to every request");
  if (custom && !policy.rules().empty() && policy.provider().name().empty())
    errors.add(spec / "provider" / "name", "is required for action CUSTOM");
  if (!custom && policy.has_provider()) errors.add(spec / "provider", "is for action CUSTOM only");
}

// A DENY rule of HTTP attributes alone cannot be evaluated on a TCP port, and denies it whole.
bool denies_tcp(const security::Rule& rule) {
  bool l4_from = false, l4_to = false;
  for (const auto& from : rule.from()) {
    Source http = from.source();
    http.clear_request_principals();
    http.clear_not_request_principals();
    l4_from |= http.ByteSizeLong() != 0;
  }
  for (const auto& to : rule.to()) l4_to |= to.operation().ports_size() + to.operation().not_ports_size() > 0;
  return (!rule.from().empty() && rule.to().empty() && !l4_from) || (!rule.to().empty() && !l4_to);
}

}  // namespace

void validate_authorization_policy(const AuthorizationPolicy& policy, Errors& errors) {
  const Path spec = Path() / "spec";
  check_policy_attachment(policy, spec, errors);
  check_action(policy, spec, errors);
  for (int i = 0; i < policy.rules_size(); ++i) {
    const auto& rule = policy.rules(i);
    const Path at = spec / "rules" / i;
    for (int j = 0; j < rule.from_size(); ++j) check_source(rule.from(j).source(), at / "from" / j / "source", errors);
    for (int j = 0; j < rule.to_size(); ++j) check_operation(rule.to(j).operation(), at / "to" / j / "operation", errors);
    for (int j = 0; j < rule.when_size(); ++j) check_condition(rule.when(j), at / "when" / j, errors);
    if (policy.action() == AuthorizationPolicy::CUSTOM) check_custom_rule(rule, at, errors);
    if (policy.action() == AuthorizationPolicy::DENY && denies_tcp(rule))
      errors.warn(at, "names HTTP attributes only: TCP ports of its workloads are denied whole; name ports");
  }
}

}  // namespace amime::source
