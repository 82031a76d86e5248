// Parts that several kinds share. Private to read_*.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/gateway_api/spec.h"
#include "source/gateway_api/spec_reader.h"

namespace amime::source::gateway_api {

// An object of these kinds: its spec, read by f(SpecReader&, Spec&), and nothing unknown beside it.
template <class Spec, class F>
mesh::Payload read_object_with(FieldReader& object, F&& f) {
  auto out = std::make_shared<Spec>();
  SpecReader top(object.tree(), object.path(), object.errors());
  for (const char* field : {"apiVersion", "kind", "metadata", "status"}) top.has(field);
  top.in("spec", [&](SpecReader& spec) { f(spec, *out); });
  if (!top.has("spec")) top.error("spec", "is required");
  top.finish();
  out->json = base::to_json(object.tree()["spec"]);
  return mesh::PlainSpecPtr(std::move(out));
}

// --- read_parts.cc ---
void check_hostname(SpecReader& reader, const char* field, const std::string& hostname, bool wildcard);
void read_reference(SpecReader& reader, Reference& out, bool with_namespace = true);  // keeps the defaults of `out`
void read_selector(SpecReader& reader, mesh::LabelSelector& out);
void read_listener(SpecReader& reader, Listener& out);
void read_allowed_namespaces(SpecReader& reader, AllowedNamespaces& out, bool routes);
ParentRef read_parent(SpecReader& reader);
void read_parents(SpecReader& spec, RouteSpec& out);
void read_hostnames(SpecReader& spec, RouteSpec& out);

// --- read_filters.cc ---
// filters of a rule or, `of_backend`, of one of its backends; `grpc`: those that a GRPCRoute can have.
void read_filters(SpecReader& owner, bool grpc, Filters& out);
void read_backend(SpecReader& reader, BackendRef& out);
void read_backends(SpecReader& rule, bool grpc, std::vector<WeightedBackend>& out);    // HTTPRoute, GRPCRoute
void read_plain_backends(SpecReader& rule, std::vector<WeightedBackend>& out);         // TLSRoute, TCPRoute
void read_value_match(SpecReader& reader, bool header, std::vector<ValueMatch>& out);  // a header or query parameter

}  // namespace amime::source::gateway_api
