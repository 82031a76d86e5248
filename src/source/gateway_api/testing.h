// For tests of this folder: YAML in, derived objects and statuses out, as text.
#pragma once

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "source/gateway_api/conversion.h"
#include "source/parse.h"

namespace amime::source::gateway_api {

// A conversion that has seen texts, and what came of it.
class World {
 public:
  // Adds or replaces the objects of the text; returns the derived changes: "+ KEY" or "- KEY".
  std::vector<std::string> apply(const std::string& yaml) {
    std::vector<mesh::Change> changes;
    const ParsedFile parsed = parse_documents(yaml, "test.yaml");
    for (const auto& problem : parsed.problems) ADD_FAILURE() << to_string(problem);
    for (const auto& object : parsed.objects) changes.push_back({object.key, object.object});
    return run(std::move(changes));
  }
  std::vector<std::string> remove(mesh::Kind kind, const std::string& ns, const std::string& name) {
    return run({{{kind, ns, name}, nullptr}});
  }

  // The derived object as JSON of its spec; empty: there is none.
  std::string spec(mesh::Kind kind, const std::string& ns, const std::string& name) const {
    const auto found = made_.find({kind, ns, name});
    if (found == made_.end()) return "";
    std::string out;
    (void)google::protobuf::util::MessageToJsonString(*std::get<mesh::ProtoSpec>(found->second->payload), &out);
    return out;
  }
  mesh::ObjectPtr object(mesh::Kind kind, const std::string& ns, const std::string& name) const {
    const auto found = made_.find({kind, ns, name});
    return found == made_.end() ? nullptr : found->second;
  }
  std::string trouble_of(mesh::Kind kind, const std::string& ns, const std::string& name) const {
    const auto statuses = conversion_.statuses();
    const auto found = statuses.find({kind, ns, name});
    return found == statuses.end() ? "no status" : trouble(*found->second);
  }
  ObjectStatus status(mesh::Kind kind, const std::string& ns, const std::string& name) const {
    const auto statuses = conversion_.statuses();
    const auto found = statuses.find({kind, ns, name});
    return found == statuses.end() ? ObjectStatus() : *found->second;
  }
  const std::map<mesh::ObjectKey, mesh::ObjectPtr>& made() const { return made_; }

 private:
  std::vector<std::string> run(std::vector<mesh::Change> changes) {
    const std::size_t written = changes.size();
    conversion_.add_derived(changes);
    std::vector<std::string> out;
    for (std::size_t i = written; i < changes.size(); ++i) {
      out.push_back((changes[i].object ? "+ " : "- ") + mesh::to_string(changes[i].key));
      if (changes[i].object)
        made_[changes[i].key] = changes[i].object;
      else
        made_.erase(changes[i].key);
    }
    return out;
  }
  Conversion conversion_;
  std::map<mesh::ObjectKey, mesh::ObjectPtr> made_;
};

inline std::string service(const std::string& name, const std::string& ns = "default", int port = 80) {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: " + ns + "}\nspec: {selector: {app: " + name +
         "}, ports: [{name: http, port: " + std::to_string(port) + "}]}\n";
}
inline std::string gateway(const std::string& listeners, const std::string& more = "") {
  return "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: default}\n"
         "spec: {gatewayClassName: istio, listeners: [" +
         listeners + "]" + more + "}\n";
}
inline std::string route(const std::string& name, const std::string& spec, const std::string& ns = "default",
                         const std::string& kind = "HTTPRoute") {
  const std::string version = kind == "TCPRoute" ? "v1alpha2" : "v1";
  return "---\napiVersion: gateway.networking.k8s.io/" + version + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: " + ns +
         "}\nspec: {" + spec + "}\n";
}
// A ConfigMap or Secret with the certificate of an authority under ca.crt.
inline std::string authority(const std::string& kind, const std::string& name, const std::string& ns = "default") {
  return "---\napiVersion: v1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: " + ns + "}\n" +
         (kind == "Secret" ? "stringData" : "data") +
         R"(:
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    MIIBijCCAS+gAwIBAgIUfgWTtMTDjfbsa+78zYBGbZr4+cswCgYIKoZIzj0EAwIw
    GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMjAxMDIzMzMzWhgPMjEy
    NjExMDcwMjMzMzNaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
    zj0CAQYIKoZIzj0DAQcDQgAExxAXs75WoTWxmk8xL+HD/sXri6jNv42DLNL9Ij56
    stj8zuZeoTBH/a4nWvPXHAjp3OSJuTHnWte1eMyj2hdnB6NTMFEwHQYDVR0OBBYE
    FLDV/HA2KW48ts6xji5HRfJ6mCc/MB8GA1UdIwQYMBaAFLDV/HA2KW48ts6xji5H
    RfJ6mCc/MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhALN3WNO8
    o81GlooF5jmtbpX0u8c5Fm0IK/ZYeNLLZMrlAiEA/3uVCtYuDtdte5HyGnWtOM5C
    iEqLIG+9ZHQ8taLTeQ0=
    -----END CERTIFICATE-----
)";
}
inline const std::string kHttp = "{name: http, port: 80, protocol: HTTP}";
inline const std::string kToGw = "parentRefs: [{name: gw}]";
inline std::string to(const std::string& name, const std::string& more = "") { return "{name: " + name + ", port: 80" + more + "}"; }

}  // namespace amime::source::gateway_api
