// Principals and trust domains of policies, for meshes that change their trust domain: what names one of the mesh's own domains
// means all of them (MeshConfig.trustDomain, trustDomainAliases). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace amime::translate {

using TrustDomains = std::vector<std::string>;  // the mesh's own, then its aliases

// AuthorizationPolicy source.principals. "cluster.local" stands for the mesh's own domain whatever it is called; a principal of a
// foreign domain, or one that names none (*/ns/...), stays as it is.
std::vector<std::string> with_aliases(const std::vector<std::string>& principals, const TrustDomains& domains);
// source.trustDomains.
std::vector<std::string> with_alias_domains(const std::vector<std::string>& values, const TrustDomains& domains);

}  // namespace amime::translate
