#include "swarm/xds.h"

#include "swarm/wire.h"

namespace amime::bench {
namespace {

constexpr std::array<std::string_view, kTypes> kUrls = {
    "type.googleapis.com/envoy.config.cluster.v3.Cluster",   "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    "type.googleapis.com/envoy.config.listener.v3.Listener", "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "type.googleapis.com/envoy.config.route.v3.VirtualHost",
};
constexpr std::array<std::string_view, kTypes> kNames = {"cds", "eds", "lds", "rds", "vhds"};

// Field numbers of DiscoveryRequest and DeltaDiscoveryRequest.
struct RequestFields {
  uint32_t version, node, subscribe, unsubscribe, type_url, nonce;
};
constexpr RequestFields kSotwRequest = {1, 2, 3, 0, 4, 5};
constexpr RequestFields kDeltaRequest = {0, 1, 3, 4, 2, 6};
constexpr const RequestFields& fields_of(Protocol protocol) { return protocol == Protocol::delta ? kDeltaRequest : kSotwRequest; }

// An Any's value.
std::string_view any_value(std::string_view any) { return find_bytes(any, 2); }

Item delta_item(std::string_view resource) {
  Item item{.size = resource.size()};
  FieldReader reader(resource);
  for (Field field; reader.next(field);) {
    if (field.number == 3) item.name = field.bytes;
    if (field.number == 2) item.value = any_value(field.bytes);
  }
  return item;
}

void add_tables_of_chain(std::string_view chain, std::vector<std::string_view>& tables) {
  FieldReader filters(chain);
  for (Field filter; filters.next(filter);) {
    if (filter.number != 3) continue;  // FilterChain.filters
    const std::string_view any = find_bytes(filter.bytes, 4);
    if (!find_bytes(any, 1).ends_with("HttpConnectionManager")) continue;
    const std::string_view rds = find_bytes(any_value(any), 3);  // HttpConnectionManager.rds
    if (const std::string_view table = find_bytes(rds, 2); !table.empty()) tables.push_back(table);
  }
}

}  // namespace

std::string_view type_url(Type type) { return kUrls[index(type)]; }
std::string_view type_name(Type type) { return kNames[index(type)]; }

std::optional<Type> type_of(std::string_view url) {
  for (Type type : kAllTypes) {
    if (type_url(type) == url) return type;
  }
  return std::nullopt;
}

std::string method_of(Protocol protocol) {
  const std::string service = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";
  return service + (protocol == Protocol::delta ? "DeltaAggregatedResources" : "StreamAggregatedResources");
}

std::optional<Response> parse_response(Protocol protocol, std::string_view message) {
  Response response;
  std::optional<Type> type;
  FieldReader reader(message);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case 1: response.version = field.bytes; break;
      case 2:
        response.items.push_back(protocol == Protocol::delta ? delta_item(field.bytes)
                                                             : Item{.value = any_value(field.bytes), .size = field.bytes.size()});
        break;
      case 4: type = type_of(field.bytes); break;
      case 5: response.nonce = field.bytes; break;
      case 6:
        if (protocol == Protocol::delta) response.removed.push_back(field.bytes);
        break;
    }
  }
  if (!type) return std::nullopt;
  response.type = *type;
  return response;
}

std::string encode_request(Protocol protocol, const Request& request) {
  const RequestFields& fields = fields_of(protocol);
  std::string out;
  if (!request.node.empty()) put_bytes(out, fields.node, request.node);
  if (fields.version != 0 && !request.version.empty()) put_bytes(out, fields.version, request.version);
  put_bytes(out, fields.type_url, type_url(request.type));
  for (const std::string& name : request.subscribe) put_bytes(out, fields.subscribe, name);
  if (fields.unsubscribe != 0) {
    for (const std::string& name : request.unsubscribe) put_bytes(out, fields.unsubscribe, name);
  }
  if (!request.nonce.empty()) put_bytes(out, fields.nonce, request.nonce);
  return out;
}

std::optional<RequestKind> parse_request_kind(Protocol protocol, std::string_view message) {
  const RequestFields& fields = fields_of(protocol);
  std::optional<Type> type;
  bool answers = false;
  FieldReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.number == fields.type_url) type = type_of(field.bytes);
    if (field.number == fields.nonce) answers = true;
  }
  if (!type) return std::nullopt;
  return RequestKind{*type, answers};
}

std::string_view eds_name_of(std::string_view cluster) {
  std::string_view name;
  std::string_view service_name;
  bool eds = false;
  FieldReader reader(cluster);
  for (Field field; reader.next(field);) {
    if (field.number == 1) name = field.bytes;
    if (field.number == 2) eds = field.value == 3;                     // Cluster.type = EDS
    if (field.number == 3) service_name = find_bytes(field.bytes, 2);  // EdsClusterConfig.service_name
  }
  if (!eds) return {};
  return service_name.empty() ? name : service_name;
}

std::vector<std::string_view> tables_of(std::string_view listener) {
  std::vector<std::string_view> tables;
  FieldReader reader(listener);
  for (Field field; reader.next(field);) {
    if (field.number == 3 || field.number == 25) add_tables_of_chain(field.bytes, tables);  // filter_chains, default_filter_chain
  }
  return tables;
}

std::string_view name_of(Type, std::string_view resource) {
  FieldReader reader(resource);
  for (Field field; reader.next(field);) {
    if (field.number == 1) return field.bytes;  // of all five types
  }
  return {};
}

bool has_vhds(std::string_view table) { return !find_bytes(table, 9).empty(); }

}  // namespace amime::bench
