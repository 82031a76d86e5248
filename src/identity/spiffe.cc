#include "identity/spiffe.h"

#include <algorithm>
#include <array>

namespace amime::identity {
namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr std::size_t kLongestUri = 2048, kLongestName = 253;

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

// Kubernetes' names (RFC 1123 subdomains); a trust domain may hold underscores besides (SPIFFE-ID, section 2.1).
bool is_name(std::string_view text, bool underscores) {
  const auto fits = [&](char c) { return is_name_letter(c) || (underscores && c == '_'); };
  return !text.empty() && text.size() <= kLongestName && text != "." && text != ".." && std::all_of(text.begin(), text.end(), fits);
}

// The part before the next slash; `rest` goes on after it.
std::string_view next_part(std::string_view& rest) {
  const auto slash = rest.find('/');
  const auto part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return part;
}

}  // namespace

std::string to_string(const Workload& workload) { return workload.ns + "/" + workload.service_account; }

std::optional<Workload> parse_workload(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Workload out{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  if (!is_name(out.ns, false) || !is_name(out.service_account, false)) return std::nullopt;
  return out;
}

bool is_valid(const Identity& identity) {
  return is_name(identity.trust_domain, true) && is_name(identity.ns, false) && is_name(identity.service_account, false) &&
         spiffe_uri(identity).size() <= kLongestUri;
}

std::string spiffe_uri(const Identity& identity) {
  std::string out(kScheme);
  for (const std::string_view part :
       std::array<std::string_view, 5>{identity.trust_domain, "/ns/", identity.ns, "/sa/", identity.service_account})
    out += part;
  return out;
}

std::optional<Identity> parse_spiffe(std::string_view uri) {
  if (uri.size() > kLongestUri || uri.substr(0, kScheme.size()) != kScheme) return std::nullopt;
  std::string_view rest = uri.substr(kScheme.size());
  Identity out;
  out.trust_domain = next_part(rest);
  const bool has_ns = next_part(rest) == "ns";
  out.ns = next_part(rest);
  const bool has_account = next_part(rest) == "sa";
  out.service_account = next_part(rest);
  // Written again it is the same: no slash too many, nothing after it.
  if (!has_ns || !has_account || !is_valid(out) || spiffe_uri(out) != uri) return std::nullopt;
  return out;
}

}  // namespace amime::identity
