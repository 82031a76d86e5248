// The synthetic mesh: S services, each a Service, an EndpointSlice with 5 endpoints, 5 Pods, a DestinationRule with 2 subsets and a
// VirtualService with 3 routes, in namespaces of 20 services; one object a JSON file. And the edits that a run measures.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace amime::bench {

inline constexpr int kEndpoints = 5;

struct ServiceName {
  int number = 0;
  std::string name() const;  // "svc-0007"
  std::string ns() const;    // "mesh-000"
  std::string host() const;
  std::string cluster_ip() const;
};

struct PodName {
  ServiceName service;
  int number = 0;
  std::string name() const;
  std::string ip() const;
  std::string version() const;  // "v1" or "v2"
  std::string node() const;
  std::string zone() const;
  nlohmann::json labels() const;
};

// Writes below one directory; every file is replaced atomically. Throws std::runtime_error when it cannot write.
class MeshFiles {
 public:
  explicit MeshFiles(std::filesystem::path directory);
  void write_all(int services) const;

  // One edit each. What a proxy will find in the new resources is the argument that makes it recognisable.
  void add_endpoint(ServiceName service, const std::string& ip) const;
  void set_weight(ServiceName service, int weight, const std::string& route_name) const;
  void set_max_connections(ServiceName service, uint32_t max_connections) const;
  // A new service with one endpoint.
  void add_service(const std::string& ns, const std::string& name, const std::string& cluster_ip, const std::string& endpoint_ip) const;

 private:
  void put(const nlohmann::json& object) const;
  const std::filesystem::path directory_;
};

}  // namespace amime::bench
