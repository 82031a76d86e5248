#include "swarm/plan.h"

#include <fmt/format.h>

#include <random>

#include "swarm/wire.h"

namespace amime::bench {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  std::string ip(int second) { return fmt::format("10.{}.1{:02}.1{:02}", second, below(100), below(100)); }

 private:
  std::mt19937 engine_;
};

// Cluster.circuit_breakers.thresholds.max_connections: a UInt32Value in field 2.
std::string encoded_max_connections(uint32_t value) {
  std::string wrapped;
  put_varint(wrapped, 1, value);
  std::string out;
  put_bytes(out, 2, wrapped);
  return out;
}

PlannedChange endpoint_change(ServiceName service, Dice& dice) {
  const std::string ip = dice.ip(200);
  return {Kind::endpoint, {{Type::eds, ip}}, [=](const MeshFiles& files) { files.add_endpoint(service, ip); }};
}

PlannedChange weight_change(ServiceName service, int serial, Dice& dice) {
  const std::string route = fmt::format("mark-{:06}", serial);
  const int weight = 1 + dice.below(98);
  return {Kind::weight, {{Type::rds, route}}, [=](const MeshFiles& files) { files.set_weight(service, weight, route); }};
}

PlannedChange subset_change(ServiceName service, int serial) {
  const uint32_t connections = (1u << 27) + static_cast<uint32_t>(serial);
  return {Kind::subset, {{Type::cds, encoded_max_connections(connections)}}, [=](const MeshFiles& files) {
            files.set_max_connections(service, connections);
          }};
}

PlannedChange new_service(ServiceName neighbour, int serial, Dice& dice) {
  const std::string name = fmt::format("new-{:06}", serial);
  const std::string endpoint = dice.ip(201);
  const std::string cluster_ip = fmt::format("10.98.{}.{}", serial / 250, serial % 250 + 1);
  return {Kind::service, {{Type::cds, name}, {Type::eds, endpoint}, {Type::rds, name}}, [=](const MeshFiles& files) {
            files.add_service(neighbour.ns(), name, cluster_ip, endpoint);
          }};
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::endpoint: return "endpoint";
    case Kind::weight: return "weight";
    case Kind::subset: return "subset";
    case Kind::service: return "new service";
  }
  return "";
}

std::vector<PlannedChange> plan_changes(int services, int count, unsigned seed) {
  Dice dice(seed);
  std::vector<PlannedChange> plan;
  for (Kind kind : kKinds) {
    for (int serial = 0; serial < count; ++serial) {
      const ServiceName service{dice.below(services)};
      switch (kind) {
        case Kind::endpoint: plan.push_back(endpoint_change(service, dice)); break;
        case Kind::weight: plan.push_back(weight_change(service, serial, dice)); break;
        case Kind::subset: plan.push_back(subset_change(service, serial)); break;
        case Kind::service: plan.push_back(new_service(service, serial, dice)); break;
      }
    }
  }
  return plan;
}

}  // namespace amime::bench
