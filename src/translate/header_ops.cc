#include "translate/header_ops.h"

#include <map>

#include "envoy/config/core/v3/base.pb.h"
#include "envoy/config/route/v3/route_components.pb.h"
#include "networking/v1alpha3/virtual_service.pb.h"
#include "translate/hosts.h"

namespace amime::translate {
namespace {

using envoy::config::core::v3::HeaderValueOption;
using Operations = istio::networking::v1alpha3::Headers_HeaderOperations;
using Additions = google::protobuf::RepeatedPtrField<HeaderValueOption>;
using Removals = google::protobuf::RepeatedPtrField<std::string>;

bool is_authority(const std::string& name) { return name == ":authority" || lower(name) == "host"; }
bool is_internal(const std::string& name) { return name.starts_with(':') || lower(name) == "host"; }

struct HeaderTarget {
  RouteScope& scope;
  const mesh::ObjectKey& object;
  std::string field;  // spec.http[0].headers.request

  void refuse(const std::string& operation, const std::string& name) const {
    scope.note(object, "not-honoured", field + "." + operation, "header " + name + " cannot be changed here");
  }
};

// Returns the authority among them.
std::string append(const HeaderTarget& target, const char* operation, const google::protobuf::Map<std::string, std::string>& headers,
                   bool overwrite, bool request, Additions* out) {
  std::string authority;
  for (const auto& [name, value] : std::map<std::string, std::string>(headers.begin(), headers.end())) {
    if (is_internal(name)) {
      if (request && is_authority(name)) {
        authority = value;
      } else {
        target.refuse(operation, name);
      }
      continue;
    }
    auto* header = out->Add();
    header->mutable_header()->set_key(name);
    header->mutable_header()->set_value(value);
    header->set_append_action(overwrite ? HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD : HeaderValueOption::APPEND_IF_EXISTS_OR_ADD);
  }
  return authority;
}

std::string apply(const HeaderTarget& target, const Operations& operations, bool request, Additions* add, Removals* remove) {
  std::string authority = append(target, "set", operations.set(), true, request, add);
  std::string added = append(target, "add", operations.add(), false, request, add);
  for (const std::string& name : operations.remove()) {
    if (is_internal(name)) {
      target.refuse("remove", name);
    } else {
      *remove->Add() = name;
    }
  }
  return authority.empty() ? added : authority;
}

template <class Out>
std::string apply_to(RouteScope& scope, const istio::networking::v1alpha3::Headers& headers, const mesh::ObjectKey& object,
                     const std::string& field, Out* out) {
  apply({scope, object, field + ".response"}, headers.response(), false, out->mutable_response_headers_to_add(),
        out->mutable_response_headers_to_remove());
  return apply({scope, object, field + ".request"}, headers.request(), true, out->mutable_request_headers_to_add(),
               out->mutable_request_headers_to_remove());
}

}  // namespace

std::string apply_headers(RouteScope& scope, const istio::networking::v1alpha3::Headers& headers, const mesh::ObjectKey& object,
                          const std::string& field, envoy::config::route::v3::Route* route) {
  return apply_to(scope, headers, object, field, route);
}

std::string apply_headers(RouteScope& scope, const istio::networking::v1alpha3::Headers& headers, const mesh::ObjectKey& object,
                          const std::string& field, envoy::config::route::v3::WeightedCluster_ClusterWeight* cluster) {
  return apply_to(scope, headers, object, field, cluster);
}

}  // namespace amime::translate
