// The cluster from which an Envoy fetches Wasm modules. One rule's run.
#pragma once

#include <string>

#include "translate/module_url.h"
#include "translate/rule.h"

namespace amime::translate {

// wasm|PORT||HOST, or wasm-tls|...: TLS is checked against the system's authorities and the host's name. Returns the name.
std::string add_module_cluster(View& view, const ModuleUrl& url, const mesh::ObjectKey& plugin, Product& product);

}  // namespace amime::translate
