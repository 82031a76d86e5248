// What Amime reads of Kubernetes' own kinds. Field names follow the Kubernetes API; see its reference for their meaning.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace amime::mesh {

// core/v1 Service
struct KubeServicePort {
  std::string name;
  std::string app_protocol;
  std::string protocol = "TCP";
  std::uint32_t port = 0;
  std::uint32_t target_port = 0;  // 0: named or absent (then `port`)
  std::string target_port_name;   // when targetPort is a name
  std::uint32_t node_port = 0;
};
struct KubeService {
  std::string type = "ClusterIP";
  std::vector<std::string> cluster_ips;  // ["None"] for headless, empty for ExternalName
  std::vector<std::string> external_ips;
  std::map<std::string, std::string> selector;
  std::vector<KubeServicePort> ports;
  std::string external_name;
  std::string traffic_distribution;
  std::string internal_traffic_policy;
  std::string session_affinity;
  bool publish_not_ready_addresses = false;
  std::vector<std::string> load_balancer_ingress;  // status.loadBalancer.ingress ip or hostname
};

// core/v1 Endpoints and discovery.k8s.io/v1 EndpointSlice, one shape
struct KubeEndpointPort {
  std::string name;
  std::string app_protocol;
  std::string protocol = "TCP";
  std::uint32_t port = 0;
};
struct KubeEndpoint {
  std::vector<std::string> addresses;
  bool ready = true;
  bool serving = true;
  bool terminating = false;
  std::string hostname;
  std::string node_name;
  std::string zone;
  std::string target_kind, target_name, target_namespace;  // targetRef
  std::vector<std::string> zone_hints;                     // hints.forZones
};
struct KubeEndpointGroup {  // endpoints that have the same ports
  std::vector<KubeEndpointPort> ports;
  std::vector<KubeEndpoint> endpoints;
};
struct KubeEndpoints {
  std::string service;       // the Service's name: label kubernetes.io/service-name, or the Endpoints' own name
  std::string address_type;  // IPv4, IPv6, FQDN
  std::vector<KubeEndpointGroup> groups;
};

// core/v1 Pod, and the pod template of workloads
struct KubeContainerPort {
  std::string name;
  std::uint32_t port = 0;
  std::string protocol = "TCP";
};
struct KubeContainer {
  std::string name;
  std::string image;
  std::vector<KubeContainerPort> ports;
};
struct KubePod {
  std::vector<std::string> ips;  // status.podIPs, else [status.podIP]
  std::string phase;
  bool ready = false;  // status.conditions Ready
  std::string node_name;
  std::string service_account;
  std::string hostname, subdomain;
  std::vector<KubeContainer> containers;
};

// core/v1 Node: its topology labels are among the object's labels.
struct KubeNode {};

struct KubeSecret {
  std::string type;
  std::map<std::string, std::string> data;  // decoded; never logged, never in /debug
};
struct KubeConfigMap {
  std::map<std::string, std::string> data;  // authorities only: ca.crt, cacert, ca.crl, crl
};

// What a RequestAuthentication's jwksUri names: a JSON Web Key Set, as it was fetched.
struct KeySet {
  std::string json;
};

// apps/v1 Deployment, StatefulSet, ..., batch/v1 Job: what `amime up` needs.
struct KubeWorkload {
  std::uint32_t replicas = 1;
  std::map<std::string, std::string> template_labels;
  std::map<std::string, std::string> template_annotations;
  KubePod pod;  // of the template: containers, service account
};

}  // namespace amime::mesh
