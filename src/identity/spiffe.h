// Workload identities and their names: spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/SERVICE_ACCOUNT, as Istio writes them into the URI SAN
// of a certificate (SPIFFE-ID, section 2). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace amime::identity {

struct Identity {
  std::string trust_domain, ns, service_account;
  bool operator==(const Identity&) const = default;
};

// A workload inside a trust domain that is known anyway: "NAMESPACE/SERVICE_ACCOUNT" to people.
struct Workload {
  std::string ns, service_account;
  bool operator==(const Workload&) const = default;
};
std::string to_string(const Workload& workload);
std::optional<Workload> parse_workload(std::string_view text);  // nullopt: could not be one

// Of SPIFFE's own limit: 2048 bytes.
std::string spiffe_uri(const Identity& identity);
// nullopt: not such a name, or one whose parts could not be a trust domain, a namespace and a service account.
std::optional<Identity> parse_spiffe(std::string_view uri);
// What parse_spiffe would take: names that stay what they are between slashes.
bool is_valid(const Identity& identity);

}  // namespace amime::identity
