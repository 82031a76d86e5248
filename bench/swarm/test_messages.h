// Builds, for tests, the resources and responses a control plane would send; only the fields that a swarm looks at.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "swarm/wire.h"
#include "swarm/xds.h"

namespace amime::bench::test {

inline std::string field(uint32_t number, std::string_view bytes) {
  std::string out;
  put_bytes(out, number, bytes);
  return out;
}

inline std::string any(std::string_view url, std::string_view value) { return field(1, url) + field(2, value); }

inline std::string eds_cluster(const std::string& name) {
  std::string out = field(1, name);
  put_varint(out, 2, 3);
  return out + field(3, field(2, name));
}
inline std::string static_cluster(const std::string& name) {
  std::string out = field(1, name);
  put_varint(out, 2, 0);
  return out;
}
inline std::string listener(const std::string& name, const std::vector<std::string>& tables) {
  std::string out = field(1, name);
  for (const std::string& table : tables) {
    const std::string hcm = field(2, "stat") + field(3, field(1, "ads") + field(2, table));
    const std::string url = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    out += field(3, field(3, field(1, "hcm") + field(4, any(url, hcm))));
  }
  return out;
}
inline std::string table(const std::string& name, bool vhds) { return field(1, name) + (vhds ? field(9, field(1, "ads")) : ""); }

// {name, resource}...
using Resources = std::vector<std::pair<std::string, std::string>>;

inline std::string delta_response(Type type, const std::string& nonce, const Resources& resources,
                                  const std::vector<std::string>& removed = {}) {
  std::string out = field(1, "version");
  for (const auto& [name, resource] : resources) out += field(2, field(3, name) + field(2, any(type_url(type), resource)));
  out += field(4, type_url(type)) + field(5, nonce);
  for (const std::string& name : removed) out += field(6, name);
  return out;
}
inline std::string sotw_response(Type type, const std::string& version, const std::string& nonce, const Resources& resources) {
  std::string out = field(1, version);
  for (const auto& [name, resource] : resources) out += field(2, any(type_url(type), resource));
  return out + field(4, type_url(type)) + field(5, nonce);
}

}  // namespace amime::bench::test
