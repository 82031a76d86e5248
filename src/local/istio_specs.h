// What localize reads of Istio's messages, as plain values; so that only one file includes the generated headers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/object.h"

namespace amime::local {

struct GatewayServer {
  unsigned port = 0;
  std::string port_name, protocol;  // as written
  std::vector<std::string> hosts;
  bool has_credential = false;  // tls.credentialName
};
struct GatewaySpec {
  std::map<std::string, std::string> selector;
  std::vector<GatewayServer> servers;
};
GatewaySpec read_gateway(const mesh::Object& gateway);

struct EntryPort {
  unsigned number = 0, target = 0;  // target 0: the same
  std::string name, protocol;
};
struct ServiceEntrySpec {
  std::vector<std::string> hosts;
  std::map<std::string, std::string> selector;  // workloadSelector.labels; empty: none
  std::vector<EntryPort> ports;
};
ServiceEntrySpec read_service_entry(const mesh::Object& entry);

struct WorkloadEntrySpec {
  mesh::Labels labels;
  std::string service_account;
  std::map<std::string, unsigned> ports;  // by name
};
WorkloadEntrySpec read_workload_entry(const mesh::Object& entry);
// The same entry at another address, its ports changed as given (by name).
mesh::ObjectPtr moved_workload_entry(const mesh::Object& entry, const std::string& address, const std::map<std::string, unsigned>& ports);

// The same entry with one label more, unless it has that one.
mesh::ObjectPtr labelled_workload_entry(const mesh::Object& entry, const std::string& label, const std::string& value);

// A MeshConfig object with an HTTP proxy on `port` of every sidecar, made from the user's (null: none) unless that sets one.
mesh::ObjectPtr mesh_config_with_proxy(const mesh::Object* config, unsigned port);

}  // namespace amime::local
