// Filter chains of outbound and gateway listeners: what each matches, which two exclude each other, how they make a
// listener. Envoy refuses a listener in which two chains have the same match, so conflicts are found here.
// Values of one rule's run.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"

namespace envoy::config::listener::v3 {
class FilterChain;
class FilterChainMatch;
class Listener;
}  // namespace envoy::config::listener::v3

namespace amime::translate {

struct ChainMatch {
  std::vector<std::string> sni_hosts;          // "*" among them: every name
  std::vector<std::string> destination_cidrs;  // addresses or ranges
  std::vector<std::string> application_protocols;
  std::string transport_protocol;  // "tls", "raw_buffer", or any

  bool matches_all() const;
  // Whether Envoy would take both matches for the same. The order of names, "*", host bits of ranges do not count.
  bool same_as(const ChainMatch& other) const;
  // Whether a connection could be in both: Envoy refuses a listener in which two chains have one name (of one range, ...) in common.
  bool overlaps(const ChainMatch& other) const;
  // Takes away the names or ranges that `other` has already. False: nothing is left.
  bool yield_to(const ChainMatch& other);
  void fill(envoy::config::listener::v3::FilterChainMatch* out) const;
};

struct Chain {
  ChainMatch match;
  std::shared_ptr<envoy::config::listener::v3::FilterChain> proto;  // without its match
  std::string owner;                                                // the service or object that asked for it, for conflicts
  std::vector<std::string> refs;                                    // route tables, clusters, secrets that it names
  std::vector<mesh::ObjectKey> from;
  bool terminates_tls = false;
};

// The application protocols by which the HTTP inspector tells HTTP from other bytes. HTTP/1.0 only where it is allowed:
// matching it elsewhere would lead to a refusal, not matching it lets it pass as bytes.
std::vector<std::string> plaintext_http_protocols(bool http10);
inline constexpr std::string_view kRawBuffer = "raw_buffer";
inline constexpr std::string_view kTls = "tls";

void add_tls_inspector(envoy::config::listener::v3::Listener* listener);
void add_http_inspector(envoy::config::listener::v3::Listener* listener);

}  // namespace amime::translate
