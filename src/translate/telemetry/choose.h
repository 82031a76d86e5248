// What the Telemetry objects that count for a proxy add up to. Later objects have the last word; within one, later entries.
//
// Fields: Telemetry.accessLogging, .tracing; MeshConfig.defaultProviders, .extensionProviders. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/object.h"
#include "translate/listener_class.h"

namespace istio::mesh::v1alpha1 {
class MeshConfig;
class MeshConfig_ExtensionProvider;
}  // namespace istio::mesh::v1alpha1
namespace istio::telemetry::v1alpha1 {
class Tracing_CustomTag;
}

namespace amime::translate {

using Provider = istio::mesh::v1alpha1::MeshConfig_ExtensionProvider;

// The provider of that name; names do not differ by case. Null: none.
const Provider* find_provider(const istio::mesh::v1alpha1::MeshConfig& mesh_config, std::string_view name);

// A provider of access logs, and what it is told of.
struct LogChoice {
  std::string provider;
  std::string filter;  // CEL; empty: everything
  bool disabled = false;
};
// By name. None: nobody chose anything, MeshConfig's own accessLog fields count. An empty list: no logs.
std::optional<std::vector<LogChoice>> choose_logs(const std::vector<mesh::ObjectPtr>& telemetries,
                                                  const istio::mesh::v1alpha1::MeshConfig& mesh_config, ListenerClass listener_class);

struct TraceChoice {
  std::string provider;  // empty: none, so no traces
  bool disabled = false;
  std::optional<double> sampling;  // percent
  bool by_request_id = true;
  bool istio_tags = true;
  bool propagate = true;
  std::map<std::string, const istio::telemetry::v1alpha1::Tracing_CustomTag*> tags;  // of the objects
};
// None: nobody chose anything, MeshConfig.enableTracing and ProxyConfig.tracing count.
std::optional<TraceChoice> choose_tracing(const std::vector<mesh::ObjectPtr>& telemetries,
                                          const istio::mesh::v1alpha1::MeshConfig& mesh_config, ListenerClass listener_class);

}  // namespace amime::translate
