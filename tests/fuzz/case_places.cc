#include "fuzz/case_places.h"

#include <google/protobuf/message.h>

#include <algorithm>

#include "base/tree.h"
#include "fuzz/case_text.h"
#include "mesh/envoy_json.h"
#include "mesh/v1alpha1/config.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "source/kinds.h"

namespace amime::test {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The type of a kind's spec; null: not one of Istio's.
const Descriptor* spec_type(const Json& document) {
  const auto text = [&](const char* key) {
    return document.contains(key) && document[key].is_string() ? document[key].get<std::string>() : std::string();
  };
  const std::string version = text("apiVersion");
  const auto slash = version.find('/');
  const auto* info = source::find_kind(slash == std::string::npos ? "" : std::string_view(version).substr(0, slash), text("kind"));
  return info && info->make_spec ? info->make_spec()->GetDescriptor() : nullptr;
}

const Descriptor* envoy_type(std::string_view name) {
  const auto* prototype = name.empty() ? nullptr : mesh::envoy_prototype(name);
  return prototype ? prototype->GetDescriptor() : nullptr;
}

const FieldDescriptor* field_named(const Descriptor* type, const std::string& key) {
  if (!type) return nullptr;
  const FieldDescriptor* by_name = type->FindFieldByName(key);
  return by_name ? by_name : type->FindFieldByCamelcaseName(key);
}

bool is_leaf(const Descriptor& type) { return type.file()->package() == "google.protobuf"; }

class Walker {
 public:
  explicit Walker(std::vector<Place>& out) : out_(out) {}

  void mapping(Json& value, const Descriptor* type) {
    if (const auto any = value.find("@type"); any != value.end() && any->is_string()) {
      const std::string url = any->get<std::string>();
      type = envoy_type(std::string_view(url).substr(url.rfind('/') + 1));
    }
    for (auto at = value.begin(); at != value.end(); ++at) {
      const FieldDescriptor* field = field_named(type, at.key());
      Place place{&at.value(), &value, at.key(), nullptr, field, field && field->is_repeated()};
      inner(place, patched(value, at.key()));
    }
  }

  // `type` of a mapping where the field does not say it.
  void inner(Place place, const Descriptor* type) {
    const FieldDescriptor* field = place.field;
    if (field && field->message_type() && !is_leaf(*field->message_type())) type = field->message_type();
    if (field && field->is_map()) return whole_map(place);
    if (place.value->is_object()) place.type = type;
    out_.push_back(place);
    if (place.value->is_object()) mapping(*place.value, type);
    if (place.value->is_array())
      for (auto& item : *place.value) inner({&item, place.value, place.key, nullptr, field, false}, type);
  }

 private:
  void whole_map(const Place& place) {
    out_.push_back(place);
    if (!place.value->is_object()) return;
    const FieldDescriptor* value = place.field->message_type()->map_value();
    for (auto at = place.value->begin(); at != place.value->end(); ++at)
      inner({&at.value(), place.value, at.key(), nullptr, value, false}, nullptr);
  }

  // The type of patch.value in an EnvoyFilter is its neighbour's business.
  const Descriptor* patched(const Json& value, const std::string& key) {
    using istio::networking::v1alpha3::EnvoyFilter;
    if (key == "patch" && value.contains("applyTo") && value["applyTo"].is_string()) {
      EnvoyFilter::ApplyTo apply_to = EnvoyFilter::INVALID;
      EnvoyFilter::ApplyTo_Parse(value["applyTo"].get<std::string>(), &apply_to);
      patched_ = envoy_type(mesh::patched_type(apply_to));
    }
    return key == "value" ? patched_ : nullptr;
  }

  std::vector<Place>& out_;
  const Descriptor* patched_ = nullptr;
};

}  // namespace

std::vector<Json> parse_case(std::string_view text) {
  std::vector<Json> out;
  for (const auto& document : documents_of(text))
    if (Json json = Json::parse(base::to_json(document), nullptr, false); json.is_object() || json.is_array())
      out.push_back(std::move(json));
  return out;
}

std::string write_case(const std::vector<Json>& documents) {
  std::string out;
  for (const bool mappings : {true, false})
    for (const auto& document : documents)
      if (document.is_object() == mappings) out += document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return out;
}

std::vector<Place> places_of(Json& document) {
  std::vector<Place> out;
  Walker walker(out);
  if (!document.is_object()) return out;  // proxies say what is true
  const bool mesh_config = !document.contains("kind") && !document.contains("apiVersion");
  Place root{&document, nullptr, "", mesh_config ? istio::mesh::v1alpha1::MeshConfig::descriptor() : nullptr, nullptr, false};
  if (mesh_config) {
    out.push_back(root);
    walker.mapping(document, root.type);
    return out;
  }
  for (auto at = document.begin(); at != document.end(); ++at) {
    if (at.key() == "kind" || at.key() == "apiVersion") continue;
    walker.inner({&at.value(), &document, at.key(), nullptr, nullptr, false}, at.key() == "spec" ? spec_type(document) : nullptr);
  }
  return out;
}

}  // namespace amime::test
