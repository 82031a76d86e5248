#include "translate/loadable.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>

#include "base/hash.h"
#include "mesh/envoy_json.h"
#include "translate/type_urls.h"

namespace amime::translate {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kRouteFilter = "envoy.config.route.v3.FilterConfig";

std::string text_field(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (!field || field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return {};
  return message.GetReflection()->GetString(message, field);
}

bool is_optional(const Message& message) {
  const auto* field = message.GetDescriptor()->FindFieldByName("is_optional");
  return field && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL &&
         message.GetReflection()->GetBool(message, field);
}

// Fields in which an Any is the configuration of an extension. Elsewhere it is a value: metadata, what a Wasm module is told.
bool holds_configuration(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "typed_config" || name == "default_config" || name == "typed_per_filter_config" ||
         name == "typed_extension_protocol_options" || (name == "config" && field.containing_type()->full_name() == kRouteFilter);
}

// Envoy does not list all that may stand in matchers (actions are of several kinds under one category, of which it lists one).
bool is_matcher(const Message& message) {
  const std::string& package = message.GetDescriptor()->file()->package();
  return package == "xds.type.matcher.v3" || package == "envoy.config.common.matcher.v3";
}

class Walk {
 public:
  using Has = std::function<bool(std::string_view)>;
  explicit Walk(const Has& has) : has_(has) {}
  std::vector<std::string> found;

  // `listed`: whether what the message itself configures is among what Envoys list.
  void message(const Message& message, bool listed = true) {
    const auto& type = message.GetDescriptor()->full_name();
    if (is_optional(message)) return;
    if (type == "envoy.config.cluster.v3.LoadBalancingPolicy") return policies(message);
    if (type == "envoy.config.core.v3.ExtensionConfigSource") type_urls(message);
    fields(message, listed);
  }

 private:
  void fields(const Message& message, bool listed) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> set;
    reflection.ListFields(message, &set);
    for (const auto* field : set) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i)
        part(message, *field,
             field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field), listed);
    }
  }

  void part(const Message& parent, const FieldDescriptor& field, const Message& value, bool listed) {
    if (field.is_map()) {
      const auto* of_value = field.message_type()->map_value();
      if (of_value->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
      const Message& mapped = value.GetReflection()->GetMessage(value, of_value);
      const auto* key = field.message_type()->map_key();
      const bool named = key->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      single(field, mapped, named ? value.GetReflection()->GetString(value, key) : std::string(), listed);
    } else if (value.GetDescriptor()->full_name() == "google.protobuf.Any") {
      single(field, value, text_field(parent, "name"), listed);
    } else {
      message(value, !is_matcher(parent));
    }
  }

  void single(const FieldDescriptor& field, const Message& value, const std::string& name, bool listed) {
    if (value.GetDescriptor()->full_name() != "google.protobuf.Any") return message(value);
    if (!holds_configuration(field)) return;
    google::protobuf::Any any;
    if (any.ParseFromString(value.SerializeAsString())) configuration(any, name, listed);
  }

  void configuration(const google::protobuf::Any& any, const std::string& name, bool listed) {
    const std::string_view type = type_of(any.type_url());
    if (listed) judge(type, name);
    const Message* prototype = mesh::envoy_prototype(type);
    if (!prototype) return;
    const std::unique_ptr<Message> inner(prototype->New());
    if (!inner->ParseFromString(any.value())) return;
    if (is_typed_struct(type))
      judge(type_of(text_field(*inner, "type_url")), name);
    else
      message(*inner);
  }

  // A few extensions are found by their names only; those list no types.
  void judge(std::string_view type, std::string_view name) {
    if (is_no_extension(type) || has_(type) || (!name.empty() && has_(name))) return;
    if (std::find(found.begin(), found.end(), type) == found.end()) found.emplace_back(type);
  }

  // All that a filter which is yet to come may be has to be there.
  void type_urls(const Message& source) {
    const auto* field = source.GetDescriptor()->FindFieldByName("type_urls");
    for (int i = 0; field && i < source.GetReflection()->FieldSize(source, field); ++i)
      judge(type_of(source.GetReflection()->GetRepeatedString(source, field, i)), "");
  }

  // Envoy takes the first that it knows.
  void policies(const Message& policy) {
    Walk best(has_);
    const auto* field = policy.GetDescriptor()->FindFieldByName("policies");
    const int count = field ? policy.GetReflection()->FieldSize(policy, field) : 0;
    for (int i = 0; i < count; ++i) {
      Walk one(has_);
      one.message(policy.GetReflection()->GetRepeatedMessage(policy, field, i));
      if (one.found.empty()) return;
      if (i == 0) best.found = std::move(one.found);
    }
    for (const auto& type : best.found) judge(type, "");
  }

  const Has& has_;
};

}  // namespace

std::vector<std::string> lacking(const Message& message, const mesh::Extensions& extensions) {
  const Walk::Has has = [&](std::string_view type) { return extensions.has(type); };
  Walk walk(has);
  walk.message(message);
  return std::move(walk.found);
}

std::vector<std::string> lacking(View& view, const Message& message) {
  bool all_there = true;
  for_each_type(message.SerializeAsString(), [&](std::string_view type) { all_there = view.can_load(type) && all_there; });
  if (all_there) return {};  // and nothing had to be decoded
  const Walk::Has has = [&](std::string_view type) { return view.can_load(type); };
  Walk walk(has);
  walk.message(message);
  return std::move(walk.found);
}

std::vector<std::string> lacking(const Resource& resource, const mesh::Extensions& extensions) {
  const Message* prototype = mesh::envoy_prototype(type_of(type_url(resource.type)));
  const std::unique_ptr<Message> message(prototype ? prototype->New() : nullptr);
  if (!message || !message->ParseFromArray(resource.message().data(), static_cast<int>(resource.message().size()))) return {};
  return lacking(*message, extensions);
}

bool Loadable::surely(const Resource& resource, const mesh::Extensions& extensions) {
  constexpr std::size_t kMost = 1u << 16;  // a mesh has some hundred; only many strange lists make more
  const std::uint64_t key = base::combine(extensions.digest(), resource.types);
  if (known_.contains(key)) return true;
  bool all_there = true;
  for_each_type(resource.message(), [&](std::string_view type) { all_there = all_there && extensions.has(type); });
  if (!all_there) return false;
  if (known_.size() >= kMost) known_.clear();
  known_.insert(key);
  return true;
}

}  // namespace amime::translate
