// Object: one Kubernetes or Istio resource as the user wrote it, parsed and validated, with its origin.
//
// Made by a source (src/source), immutable afterwards, shared by shared_ptr between snapshots and threads.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mesh/core.h"
#include "mesh/istio_fwd.h"

namespace amime::mesh {

enum class Kind : std::uint8_t {
  // core Kubernetes
  kService,
  kEndpoints,
  kEndpointSlice,
  kPod,
  kNamespace,
  kNode,
  kConfigMap,
  kSecret,
  kDeployment,
  kStatefulSet,
  kDaemonSet,
  kReplicaSet,
  kJob,
  kCronJob,
  // Istio; the payload is the message of Istio's own API
  kVirtualService,
  kDestinationRule,
  kGateway,
  kServiceEntry,
  kWorkloadEntry,
  kSidecar,
  kEnvoyFilter,
  kTelemetry,
  kWorkloadGroup,  // known, parsed and validated, but not honoured by translation yet; so the next
  kProxyConfig,
  kPeerAuthentication,
  kRequestAuthentication,
  kAuthorizationPolicy,
  kWasmPlugin,
  // Kubernetes' Gateway API and Ingress; a source makes Istio's kinds of them (source/gateway_api), nothing else reads them
  kGatewayClass,
  kKubernetesGateway,
  kHttpRoute,
  kGrpcRoute,
  kTlsRoute,
  kTcpRoute,
  kReferenceGrant,
  kBackendTlsPolicy,
  kListenerSet,
  kIngress,
  kIngressClass,
  // no objects of Kubernetes: keys that were fetched (the name is where from), and
  kKeySet,
  // the mesh's own configuration (--mesh-config or ConfigMap istio)
  kMeshConfig,
};
std::string_view kind_name(Kind kind);  // "VirtualService"
std::optional<Kind> kind_named(std::string_view name);

struct ObjectKey {
  Kind kind{};
  std::string ns;  // empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
  bool operator==(const ObjectKey&) const = default;
};
std::string to_string(const ObjectKey& key);  // "VirtualService default/reviews"

// Where an object was read: for errors, findings and /debug.
struct Origin {
  std::string file;
  int line = 0;  // of the document's first line, from 1; 0: unknown
};

using Labels = std::map<std::string, std::string, std::less<>>;

using ProtoSpec = std::shared_ptr<const google::protobuf::Message>;
// The spec of a kind for which there is no message (Gateway API, Ingress): its source derives a plain struct from this one.
struct PlainSpec {
  virtual ~PlainSpec() = default;
  std::string json;  // what the user wrote under spec
};
using PlainSpecPtr = std::shared_ptr<const PlainSpec>;
using Payload = std::variant<std::monostate, KubeService, KubeEndpoints, KubePod, KubeNode, KubeSecret, KubeConfigMap, KubeWorkload, KeySet,
                             ProtoSpec, PlainSpecPtr>;

// Of an object that nobody wrote: a source made it of others. No text says so, hence no user can.
struct Derivation {
  std::vector<ObjectKey> from;  // the first's kind decides how its routes are meant (translate/route_scope.h)
  std::string workloads_ns;     // of a Gateway: only workloads of this namespace serve it; empty: of any
};

struct Object {
  ObjectKey key;
  std::string api_version;
  Labels labels;
  Labels annotations;
  std::int64_t created = 0;  // metadata.creationTimestamp, Unix seconds; 0: none (files rarely have one)
  std::string resource_version;
  Origin origin;
  Payload payload;
  std::shared_ptr<const Derivation> derived;  // null: a user wrote it
  std::uint64_t digest = 0;                   // of everything above but the origin; equal digests mean equal objects

  // The payload as T (a Kube* struct); the kind decides which it is. Undefined for another kind.
  template <class T>
  const T& as() const {
    return std::get<T>(payload);
  }
  // The payload as Istio message T; the caller includes T's generated header.
  template <class T>
  const T& spec() const {
    return static_cast<const T&>(*std::get<ProtoSpec>(payload));
  }
};
using ObjectPtr = std::shared_ptr<const Object>;

// The value for Object::digest: of everything but the origin and `digest` itself. Whoever makes an Object sets it.
std::uint64_t object_digest(const Object& object);

// One step from a snapshot to the next. `object` null: the object is gone.
struct Change {
  ObjectKey key;
  ObjectPtr object;
};

}  // namespace amime::mesh
