// Localize: turns the objects that a user wrote for Kubernetes into what runs on this machine.
//
// From Deployments (StatefulSets, ...), Pods, WorkloadEntries and Gateways it plans workloads with loopback addresses, and
// it makes the objects that Kubernetes would have made: Pods with their IPs, EndpointSlices, cluster IPs of Services, an
// ingress gateway for Gateways that select none. The rest of the objects passes through. A pure function but for the
// address plan, which remembers; used by one thread.
#pragma once

#include <string>
#include <vector>

#include "local/addresses.h"
#include "mesh/object.h"

namespace amime::local {

// Annotations on pods, pod templates and WorkloadEntries.
inline constexpr std::string_view kCommandAnnotation = "amime.dev/command";  // sh -c; instead of the built-in echo
inline constexpr std::string_view kCallsAnnotation = "amime.dev/calls";      // URLs that the built-in echo calls, by spaces
inline constexpr std::string_view kDelayAnnotation = "amime.dev/delay";      // of the built-in echo: 500ms

enum class PortKind { kHttp, kTcp, kAny };  // how the built-in echo answers
struct LocalPort {
  unsigned declared = 0;  // in the YAML
  unsigned local = 0;     // where it really is
  PortKind kind = PortKind::kAny;
  std::string name;  // of the service port or container port
  bool operator==(const LocalPort&) const = default;
};

struct Workload {
  std::string ns, name;  // of the pod
  std::string owner;     // the Deployment's, or the pod's own name
  bool gateway = false;  // a router: an Envoy without application
  mesh::Labels labels;
  std::string service_account = "default";
  std::string command, calls, delay;  // the annotations
  std::vector<LocalPort> ports;       // by declared port; a gateway's: of its servers
  Addresses addresses;
  std::string key() const { return ns + "/" + name; }
  std::string version() const;  // label version, or app.kubernetes.io/version; else v1
  bool operator==(const Workload&) const = default;
};

struct Localized {
  std::vector<Workload> workloads;       // gateways first, then by namespace and name
  std::vector<mesh::ObjectPtr> objects;  // for the mesh, by key
  std::vector<unsigned> service_ports;   // of all Services and ServiceEntries, as declared: what sidecars may bind
  std::vector<std::string> notes;        // what was left out, a sentence each
};

// `unready`: keys of workloads that are not to be endpoints (their process died).
Localized localize(const std::vector<mesh::ObjectPtr>& objects, AddressPlan& plan, const std::vector<std::string>& unready = {},
                   PortRule ports = {});

// Labels the workloads' Pods and WorkloadEntries as injection does (security.istio.io/tlsMode: istio), where the user says nothing else:
// clients then encrypt. Gateways are asked by everybody.
void mark_mutual_tls(Localized* localized);

}  // namespace amime::local
