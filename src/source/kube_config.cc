// core/v1 ConfigMap and Secret. Messages about a Secret never show its values.
#include <absl/strings/escaping.h>

#include "source/kube_kinds.h"

namespace amime::source {
namespace {

// base64, perhaps folded over lines.
bool decode(std::string text, std::string& out) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  return absl::Base64Unescape(text, &out);
}

template <class F>
void each_entry(FieldReader& object, const char* field, F&& f) {
  object.in(field, [&](FieldReader& map) {
    for (const auto& entry : map.tree().entries()) {
      if (entry.value.is_null() || entry.value.is_scalar()) {
        f(map, entry.key, entry.value);
      } else {
        map.error(entry.key.c_str(), "expected a string");
      }
    }
  });
}

// Of a ConfigMap only authorities are asked for, and its other data may be large. (What "istio" says of the mesh is read from its text.)
bool is_asked_for(const std::string& key) { return key == "ca.crt" || key == "cacert" || key == "ca.crl" || key == "crl"; }

}  // namespace

mesh::Payload read_config_map(FieldReader& object) {
  mesh::KubeConfigMap config;
  object.read("data", config.data);
  each_entry(object, "binaryData", [&](FieldReader& map, const std::string& key, const base::Tree& value) {
    if (!decode(value.text(), config.data[key])) map.error(key.c_str(), "is not base64");
  });
  std::erase_if(config.data, [](const auto& entry) { return !is_asked_for(entry.first); });
  return config;
}

mesh::Payload read_secret(FieldReader& object) {
  mesh::KubeSecret secret;
  secret.type = "Opaque";
  object.read("type", secret.type);
  each_entry(object, "data", [&](FieldReader& map, const std::string& key, const base::Tree& value) {
    if (!decode(value.text(), secret.data[key])) map.error(key.c_str(), "is not base64 (plain text belongs in stringData)");
  });
  each_entry(object, "stringData", [&](FieldReader&, const std::string& key, const base::Tree& value) { secret.data[key] = value.text(); });
  return secret;
}

}  // namespace amime::source
