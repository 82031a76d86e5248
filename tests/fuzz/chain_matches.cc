#include "fuzz/chain_matches.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "envoy/config/listener/v3/listener.pb.h"

namespace amime::test {
namespace {

using envoy::config::listener::v3::FilterChainMatch;
using Texts = std::vector<std::string>;

constexpr std::size_t kMost = 100'000;

template <class Ranges>
Texts ranges(const Ranges& list) {
  Texts out;
  for (const auto& range : list) out.push_back(fmt::format("{}/{}", range.address_prefix(), range.prefix_len().value()));
  return out;
}

// Every combination of one value of each criterion; an empty one is "any".
Texts combinations(const FilterChainMatch& match) {
  Texts ports;
  for (const auto port : match.source_ports()) ports.push_back(std::to_string(port));
  const Texts criteria[] = {{std::to_string(match.destination_port().value())},
                            ranges(match.prefix_ranges()),
                            {match.server_names().begin(), match.server_names().end()},
                            {match.transport_protocol()},
                            {match.application_protocols().begin(), match.application_protocols().end()},
                            ranges(match.direct_source_prefix_ranges()),
                            {std::to_string(match.source_type())},
                            ranges(match.source_prefix_ranges()),
                            ports};
  Texts out = {""};
  for (const Texts& values : criteria) {
    Texts longer;
    for (const auto& start : out)
      for (const auto& value : values.empty() ? Texts{""} : values)
        if (longer.size() < kMost) longer.push_back(start + "|" + value);
    out = std::move(longer);
  }
  return out;
}

}  // namespace

std::string overlapping_matches(const envoy::config::listener::v3::Listener& listener) {
  std::map<std::string, const std::string*> seen;
  for (const auto& chain : listener.filter_chains())
    for (auto& combination : combinations(chain.filter_chain_match()))
      if (const auto [at, first] = seen.emplace(std::move(combination), &chain.name()); !first)
        return fmt::format("chains {} and {} both match {}", *at->second, chain.name(), at->first);
  return {};
}

}  // namespace amime::test
