// The few fields of xDS messages (envoy/service/discovery/v3/discovery.proto) that a load program reads and writes.
// Everything parsed borrows the message's bytes. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace amime::bench {

enum class Protocol { delta, sotw };

enum class Type : uint8_t { cds, eds, lds, rds, vhds };
inline constexpr size_t kTypes = 5;
inline constexpr std::array<Type, kTypes> kAllTypes = {Type::cds, Type::eds, Type::lds, Type::rds, Type::vhds};
constexpr size_t index(Type type) { return static_cast<size_t>(type); }

std::string_view type_url(Type type);
std::string_view type_name(Type type);  // "cds"
std::optional<Type> type_of(std::string_view url);

// "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources", or the other one.
std::string method_of(Protocol protocol);

struct Item {
  std::string_view name;   // delta only
  std::string_view value;  // the resource without its Any
  size_t size = 0;         // of all that the response spends on it
};

struct Response {
  Type type = Type::cds;
  std::string_view version;
  std::string_view nonce;
  std::vector<Item> items;
  std::vector<std::string_view> removed;  // delta only
};

// Nothing for a type that a swarm does not ask for.
std::optional<Response> parse_response(Protocol protocol, std::string_view message);

struct Request {
  Type type = Type::cds;
  std::string node;                      // encoded; only on the first request of a stream
  std::string version;                   // sotw only
  std::string nonce;                     // of the response that this answers; empty: a new subscription
  std::vector<std::string> subscribe;    // sotw: all names
  std::vector<std::string> unsubscribe;  // delta only
};

std::string encode_request(Protocol protocol, const Request& request);

// What a server that replays needs of a request: its type, and whether it answers a response.
struct RequestKind {
  Type type = Type::cds;
  bool answers = false;
};
std::optional<RequestKind> parse_request_kind(Protocol protocol, std::string_view message);

// What the resources themselves say about further subscriptions.
std::string_view eds_name_of(std::string_view cluster);              // empty: not an EDS cluster
std::vector<std::string_view> tables_of(std::string_view listener);  // RDS names of its HTTP connection managers
std::string_view name_of(Type type, std::string_view resource);      // the resource's own name
bool has_vhds(std::string_view table);

}  // namespace amime::bench
