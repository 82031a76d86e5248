// Names of Envoy resources, as Istio has them: users' dashboards, EnvoyFilters and tools depend on them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace amime::translate {

inline constexpr std::string_view kPassthroughCluster = "PassthroughCluster";
inline constexpr std::string_view kBlackHoleCluster = "BlackHoleCluster";
inline constexpr std::string_view kInboundPassthroughCluster = "InboundPassthroughCluster";
inline constexpr std::string_view kVirtualInbound = "virtualInbound";
inline constexpr std::string_view kVirtualOutbound = "virtualOutbound";

std::string outbound_cluster_name(std::uint32_t port, std::string_view subset, std::string_view host);  // outbound|9080|v1|HOST
std::string inbound_cluster_name(std::uint32_t target_port);                                            // inbound|9080||
std::string sni_cluster_name(std::uint32_t port, std::string_view subset, std::string_view host);       // outbound_.9080_.v1_.HOST
std::string listener_name(std::string_view address, std::uint32_t port);                                // 0.0.0.0_80

// Subjects of rules that carry several parts: joined and split at '|'. Hosts never hold one; the last part may.
std::string join_subject(std::initializer_list<std::string_view> parts);
// The first `n` - 1 parts and the rest. Aborts when there are fewer: subjects come from our own rules.
std::vector<std::string_view> split_subject(std::string_view subject, std::size_t n);

}  // namespace amime::translate
