#include "translate/config_metadata.h"

#include <cctype>
#include <string>

#include "envoy/config/core/v3/base.pb.h"

namespace amime::translate {
namespace {

// "VirtualService" -> "virtual-service"
std::string kebab(std::string_view kind) {
  std::string out;
  for (const char c : kind) {
    if (std::isupper(static_cast<unsigned char>(c)) && !out.empty()) out += '-';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

void set_config_metadata(const mesh::ObjectKey& key, envoy::config::core::v3::Metadata* out) {
  const std::string path = "/apis/networking.istio.io/v1/namespaces/" + key.ns + "/" + kebab(mesh::kind_name(key.kind)) + "/" + key.name;
  (*(*out->mutable_filter_metadata())["istio"].mutable_fields())["config"].set_string_value(path);
}

}  // namespace amime::translate
