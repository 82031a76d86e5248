// What a WasmPlugin's filter, and the resource with what it is to do, are called. One rule's run.
#pragma once

#include <string>

#include "mesh/object.h"
#include "translate/view.h"

namespace amime::translate {

// Whether the proxy itself is to fetch the plugin's module: one over HTTP with a checksum, where no agent of Istio's does.
bool fetched_by_envoy(View& view, const mesh::Object& plugin);

// Istio's name, which turns a WasmPlugin into a TrafficExtension. A module that Envoy fetches has a digest behind it, of all that the
// plugin is told: Envoy fetches only while a filter is new. Given to a filter that is there, a module that Envoy does not have (any
// more: what was not used for a day is forgotten) leaves the filter out without a word, and requests pass it by.
std::string plugin_resource_name(View& view, const mesh::Object& plugin);

}  // namespace amime::translate
