#include "mesh/envoy_json.h"

#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "api/envoy_types.h"
#include "nds/name_table.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"

namespace amime::mesh {
namespace {

using google::protobuf::Message;
namespace pb = google::protobuf;

constexpr const char* kUrlPrefix = "type.googleapis.com";

// Built once; a type is looked into when it is first named. Thread-safe: the pool locks.
class Api {
 public:
  static Api& get() {
    static Api api;
    return api;
  }
  pb::util::TypeResolver* resolver() { return resolver_.get(); }
  const Message* prototype(std::string_view type) {
    const auto* descriptor = pool_.FindMessageTypeByName(std::string(type));
    return descriptor ? factory_.GetPrototype(descriptor) : nullptr;
  }

 private:
  Api() : pool_(&files_), factory_(&pool_), resolver_(pb::util::NewTypeResolverForDescriptorPool(kUrlPrefix, &pool_)) { load(); }

  // A FileDescriptorSet is a row of "tag 1, length, file"; the database refers to the files where they are.
  void load() {
    pb::FileDescriptorProto names;  // Istio's, but sent and shown like Envoy's
    istio::networking::nds::v1::NameTable::descriptor()->file()->CopyTo(&names);
    const std::string bytes = names.SerializeAsString();
    files_.AddCopy(bytes.data(), static_cast<int>(bytes.size()));
    const std::string_view set = api::envoy_descriptors();
    pb::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(set.data()), static_cast<int>(set.size()));
    std::uint32_t size = 0;
    while (in.ReadTag() != 0 && in.ReadVarint32(&size)) {
      files_.Add(set.data() + in.CurrentPosition(), static_cast<int>(size));
      if (!in.Skip(static_cast<int>(size))) return;
    }
  }

  pb::EncodedDescriptorDatabase files_;
  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
  std::unique_ptr<pb::util::TypeResolver> resolver_;
};

// What protobuf says of a failure, without the name of its status.
std::string text_of(const pb::util::Status& status) { return std::string(status.message()); }

// A Struct keeps no order, and another one in each process; what comes of it has to be the same bytes.
std::string in_order(const std::string& json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  return parsed.is_discarded() ? json : parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

EnvoyValue read_envoy(std::string_view type, const pb::Struct& value) {
  EnvoyValue out;
  std::string json;
  if (const auto status = pb::util::MessageToJsonString(value, &json); !status.ok()) {
    out.error = text_of(status);
    return out;
  }
  json = in_order(json);
  const std::string url = std::string(kUrlPrefix) + "/" + std::string(type);
  pb::util::JsonParseOptions options;
  const auto strict = pb::util::JsonToBinaryString(Api::get().resolver(), url, json, &out.bytes, options);
  if (strict.ok()) return out;
  out.bytes.clear();
  options.ignore_unknown_fields = true;
  const auto lax = pb::util::JsonToBinaryString(Api::get().resolver(), url, json, &out.bytes, options);
  (lax.ok() ? out.unknown : out.error) = text_of(strict);
  if (!lax.ok()) out.bytes.clear();
  return out;
}

std::string write_envoy(const Message& message, bool indented) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = indented;
  std::string out;
  const std::string url = std::string(kUrlPrefix) + "/" + message.GetDescriptor()->full_name();
  const auto status = pb::util::BinaryToJsonString(Api::get().resolver(), url, message.SerializeAsString(), &out, options);
  return status.ok() ? out : std::string();
}

std::string_view patched_type(int apply_to) {
  using istio::networking::v1alpha3::EnvoyFilter;
  switch (apply_to) {
    case EnvoyFilter::CLUSTER: return "envoy.config.cluster.v3.Cluster";
    case EnvoyFilter::LISTENER: return "envoy.config.listener.v3.Listener";
    case EnvoyFilter::LISTENER_FILTER: return "envoy.config.listener.v3.ListenerFilter";
    case EnvoyFilter::FILTER_CHAIN: return "envoy.config.listener.v3.FilterChain";
    case EnvoyFilter::NETWORK_FILTER: return "envoy.config.listener.v3.Filter";
    case EnvoyFilter::HTTP_FILTER: return "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
    case EnvoyFilter::ROUTE_CONFIGURATION: return "envoy.config.route.v3.RouteConfiguration";
    case EnvoyFilter::VIRTUAL_HOST: return "envoy.config.route.v3.VirtualHost";
    case EnvoyFilter::HTTP_ROUTE: return "envoy.config.route.v3.Route";
    case EnvoyFilter::EXTENSION_CONFIG: return "envoy.config.core.v3.TypedExtensionConfig";
    case EnvoyFilter::BOOTSTRAP: return "envoy.config.bootstrap.v3.Bootstrap";
    default: return {};
  }
}

const Message* envoy_prototype(std::string_view type) { return Api::get().prototype(type); }

}  // namespace amime::mesh
