#include "translate/authz/trust_domains.h"

#include <algorithm>

namespace amime::translate {
namespace {

constexpr std::string_view kOwnDomain = "cluster.local";

// DOMAIN/ns/NAMESPACE/sa/ACCOUNT; empty: of another form, or of whatever domain.
std::string_view domain_in(std::string_view principal) {
  if (std::count(principal.begin(), principal.end(), '/') != 4) return {};
  const auto domain = principal.substr(0, principal.find('/'));
  return domain == "*" ? std::string_view() : domain;
}

// Whether the pattern, a name or *SUFFIX, means the domain.
bool means_domain(std::string_view pattern, std::string_view domain) {
  return pattern.starts_with('*') ? domain.ends_with(pattern.substr(1)) : pattern == domain;
}

bool is_own(std::string_view domain, const TrustDomains& domains) {
  const auto means = [&](const std::string& own) {
    return means_domain(domain, own) || (domain.ends_with('*') && std::string_view(own).starts_with(domain.substr(0, domain.size() - 1)));
  };
  return domain == kOwnDomain || std::any_of(domains.begin(), domains.end(), means);
}

void add_once(std::string value, std::vector<std::string>* out) {
  if (std::find(out->begin(), out->end(), value) == out->end()) out->push_back(std::move(value));
}

}  // namespace

std::vector<std::string> with_aliases(const std::vector<std::string>& principals, const TrustDomains& domains) {
  std::vector<std::string> out;
  for (const auto& principal : principals) {
    const std::string_view domain = domain_in(principal);
    if (domain.empty() || !is_own(domain, domains)) {
      add_once(principal, &out);
      continue;
    }
    for (const auto& own : domains)
      add_once(domain.starts_with('*') && means_domain(domain, own) ? principal : own + principal.substr(domain.size()), &out);
  }
  return out;
}

std::vector<std::string> with_alias_domains(const std::vector<std::string>& values, const TrustDomains& domains) {
  std::vector<std::string> out;
  for (const auto& value : values) {
    if (std::find(domains.begin(), domains.end(), value) == domains.end()) {
      add_once(value, &out);
      continue;
    }
    for (const auto& own : domains) add_once(own, &out);
  }
  return out;
}

}  // namespace amime::translate
