#include "translate/authz/rule_terms.h"

#include <string_view>

#include "security/v1beta1/authorization_policy.pb.h"

namespace amime::translate {
namespace {

namespace security = istio::security::v1beta1;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

void add(const char* attribute, const Texts& values, const Texts& not_values, Terms* out) {
  if (values.empty() && not_values.empty()) return;
  out->push_back({attribute, {values.begin(), values.end()}, {not_values.begin(), not_values.end()}});
}

Terms terms_of(const security::Source& source) {
  Terms out;
  add("source.principal", source.principals(), source.not_principals(), &out);
  add("request.auth.principal", source.request_principals(), source.not_request_principals(), &out);
  add("source.serviceAccount", source.service_accounts(), source.not_service_accounts(), &out);
  add("source.trustDomain", source.trust_domains(), source.not_trust_domains(), &out);
  add("source.namespace", source.namespaces(), source.not_namespaces(), &out);
  add("remote.ip", source.remote_ip_blocks(), source.not_remote_ip_blocks(), &out);
  add("source.ip", source.ip_blocks(), source.not_ip_blocks(), &out);
  return out;
}

Terms terms_of(const security::Operation& operation) {
  Terms out;
  add(kHostAttribute, operation.hosts(), operation.not_hosts(), &out);
  add(kMethodAttribute, operation.methods(), operation.not_methods(), &out);
  add(kPathAttribute, operation.paths(), operation.not_paths(), &out);
  add("destination.port", operation.ports(), operation.not_ports(), &out);
  return out;
}

// What `when` says of the connection's server side; all else is about who asks.
bool is_of_operation(std::string_view key) {
  return key == "destination.ip" || key == "destination.port" || key == "connection.sni" || key.starts_with("experimental.envoy.filters.");
}

void append(const Terms& more, std::vector<Terms>* to) {
  for (auto& terms : *to) terms.insert(terms.end(), more.begin(), more.end());
}

void take_aliases(const TrustDomains& domains, Terms* terms) {
  for (auto& term : *terms) {
    for (auto* values : {&term.values, &term.not_values}) {
      if (values->empty()) continue;
      if (term.attribute == "source.principal") *values = with_aliases(*values, domains);
      if (term.attribute == "source.trustDomain") *values = with_alias_domains(*values, domains);
    }
  }
}

}  // namespace

RuleTerms terms_of(const security::Rule& rule, const TrustDomains& domains) {
  RuleTerms out;
  for (const auto& from : rule.from()) out.sources.push_back(terms_of(from.source()));
  for (const auto& to : rule.to()) out.operations.push_back(terms_of(to.operation()));
  if (out.sources.empty()) out.sources.emplace_back();
  if (out.operations.empty()) out.operations.emplace_back();
  Terms of_source, of_operation;
  for (const auto& when : rule.when())
    add(when.key().c_str(), when.values(), when.not_values(), is_of_operation(when.key()) ? &of_operation : &of_source);
  append(of_source, &out.sources);
  append(of_operation, &out.operations);
  for (auto& terms : out.sources) take_aliases(domains, &terms);
  return out;
}

}  // namespace amime::translate
