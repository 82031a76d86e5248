// The object that shaped a part of the configuration, in Istio's words: filter_metadata.istio.config =
// /apis/networking.istio.io/v1/namespaces/NS/virtual-service/NAME. Tools read it. Pure; any thread.
#pragma once

#include "mesh/object.h"

namespace envoy::config::core::v3 {
class Metadata;
}

namespace amime::translate {

void set_config_metadata(const mesh::ObjectKey& key, envoy::config::core::v3::Metadata* out);

}  // namespace amime::translate
