// Envoy resources as YAML that people read.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/core/v3/extension.pb.h"
#include "envoy/config/endpoint/v3/endpoint.pb.h"
#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "golden/golden_case.h"
#include "mesh/envoy_json.h"
#include "nds/name_table.pb.h"

namespace amime::test {
namespace {

using nlohmann::json;
using translate::Type;

std::unique_ptr<google::protobuf::Message> empty_message(Type type) {
  switch (type) {
    case Type::kCluster: return std::make_unique<envoy::config::cluster::v3::Cluster>();
    case Type::kEndpoint: return std::make_unique<envoy::config::endpoint::v3::ClusterLoadAssignment>();
    case Type::kExtension: return std::make_unique<envoy::config::core::v3::TypedExtensionConfig>();
    case Type::kListener: return std::make_unique<envoy::config::listener::v3::Listener>();
    case Type::kRoute: return std::make_unique<envoy::config::route::v3::RouteConfiguration>();
    case Type::kVirtualHost: return std::make_unique<envoy::config::route::v3::VirtualHost>();
    case Type::kNameTable: return std::make_unique<istio::networking::nds::v1::NameTable>();
    case Type::kSecret: return std::make_unique<envoy::extensions::transport_sockets::tls::v3::Secret>();
  }
  return nullptr;
}

json to_json(const translate::Resource& resource) {
  auto message = empty_message(resource.type);
  if (!message->ParseFromString(std::string(resource.message()))) return "does not parse";
  const std::string text = mesh::write_envoy(*message);
  return text.empty() ? json("does not print") : json::parse(text);
}

// What YAML would read as something else than a string is quoted.
bool needs_quotes(const std::string& text) {
  if (text.empty() || text.find('\n') != std::string::npos) return true;
  static const std::vector<std::string> kWords = {"true", "false", "null", "yes", "no", "on", "off", "~"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end()) return true;
  return text.find_first_not_of("0123456789+-.eExX_") == std::string::npos;
}

void emit(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    // What names a thing comes first.
    for (const char* first : {"@type", "name", "cluster_name"})
      if (value.contains(first)) out << YAML::Key << first << YAML::Value, emit(out, value[first]);
    for (const auto& [key, member] : value.items()) {
      if (key == "@type" || key == "name" || key == "cluster_name") continue;
      out << YAML::Key << key << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::BeginSeq;
    for (const auto& member : value) emit(out, member);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (needs_quotes(text)) out << YAML::DoubleQuoted;
    out << text;
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string to_yaml(const translate::Catalog& catalog) {
  json all = json::object();
  for (std::size_t i = 0; i < translate::kTypes; ++i) {
    std::vector<translate::ResourcePtr> resources;
    catalog.sets[i]->for_each([&](const auto& resource) { resources.push_back(resource); });
    if (resources.empty()) continue;
    std::sort(resources.begin(), resources.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
    json list = json::array();
    for (const auto& resource : resources) list.push_back(to_json(*resource));
    all[std::string(translate::type_short(static_cast<Type>(i)))] = std::move(list);
  }
  YAML::Emitter out;
  emit(out, all);
  return std::string(out.c_str()) + "\n";
}

}  // namespace amime::test
