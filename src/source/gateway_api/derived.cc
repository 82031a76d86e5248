#include "source/gateway_api/derived.h"

namespace amime::source::gateway_api {

mesh::ObjectPtr make_derived(mesh::ObjectKey key, mesh::ProtoSpec spec, const std::vector<mesh::ObjectPtr>& from,
                             std::string workloads_ns) {
  return make_derived(std::move(key), std::move(spec), from, std::move(workloads_ns), from.front()->created);
}

mesh::ObjectPtr make_derived(mesh::ObjectKey key, mesh::ProtoSpec spec, const std::vector<mesh::ObjectPtr>& from, std::string workloads_ns,
                             std::int64_t created) {
  auto out = std::make_shared<mesh::Object>();
  out->key = std::move(key);
  out->api_version = "networking.istio.io/v1";
  out->created = created;
  out->origin = from.front()->origin;
  out->payload = std::move(spec);
  auto derived = std::make_shared<mesh::Derivation>();
  for (const auto& object : from) derived->from.push_back(object->key);
  derived->workloads_ns = std::move(workloads_ns);
  out->derived = std::move(derived);
  out->digest = mesh::object_digest(*out);
  return out;
}

}  // namespace amime::source::gateway_api
