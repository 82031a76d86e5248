#include "swarm/node.h"

#include <nlohmann/json.hpp>

#include "swarm/mesh_files.h"
#include "swarm/wire.h"

namespace amime::bench {
namespace {

using nlohmann::json;

// google.protobuf.Struct of an object, google.protobuf.Value of anything else that a Node's metadata holds (strings and objects).
std::string encode_struct(const json& object) {
  std::string out;
  for (const auto& [key, value] : object.items()) {
    std::string encoded;
    if (value.is_object()) {
      put_bytes(encoded, 5, encode_struct(value));
    } else {
      put_bytes(encoded, 3, value.get<std::string>());
    }
    std::string entry;
    put_bytes(entry, 1, key);
    put_bytes(entry, 2, encoded);
    put_bytes(out, 1, entry);
  }
  return out;
}

json metadata_of(const PodName& pod) {
  return json{
      {"NAME", pod.name()},
      {"NAMESPACE", pod.service.ns()},
      {"WORKLOAD_NAME", pod.service.name() + "-" + pod.version()},
      {"OWNER", "kubernetes://apis/apps/v1/namespaces/" + pod.service.ns() + "/deployments/" + pod.service.name() + "-" + pod.version()},
      {"SERVICE_ACCOUNT", "default"},
      {"NODE_NAME", pod.node()},
      {"INSTANCE_IPS", pod.ip()},
      {"CLUSTER_ID", "Kubernetes"},
      {"MESH_ID", "cluster.local"},
      {"ISTIO_VERSION", "1.31.1"},
      {"INTERCEPTION_MODE", "REDIRECT"},
      {"LABELS", pod.labels()},
  };
}

std::string build_version() {
  std::string number;
  put_varint(number, 1, 1);
  put_varint(number, 2, 40);
  put_varint(number, 3, 0);
  std::string version;
  put_bytes(version, 1, number);
  return version;
}

}  // namespace

std::string encode_node(int number, int services) {
  const PodName pod{{number % services}, number / services};
  std::string locality;
  put_bytes(locality, 1, "r1");
  put_bytes(locality, 2, pod.zone());
  std::string node;
  put_bytes(node, 1, "sidecar~" + pod.ip() + "~" + pod.name() + "." + pod.service.ns() + "~" + pod.service.ns() + ".svc.cluster.local");
  put_bytes(node, 2, pod.service.name() + "." + pod.service.ns());
  put_bytes(node, 3, encode_struct(metadata_of(pod)));
  put_bytes(node, 4, locality);
  put_bytes(node, 6, "envoy");
  put_bytes(node, 8, build_version());  // user_agent_build_version
  return node;
}

}  // namespace amime::bench
