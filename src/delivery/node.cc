#include "delivery/node.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <vector>

#include "delivery/wire.h"
#include "envoy/config/core/v3/base.pb.h"
#include "mesh/v1alpha1/proxy.pb.h"

namespace amime::delivery {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const Value* find(const Struct& metadata, const char* key) {
  const auto it = metadata.fields().find(key);
  return it == metadata.fields().end() ? nullptr : &it->second;
}

std::string text(const Struct& metadata, const char* key) {
  const Value* value = find(metadata, key);
  if (!value) return {};
  if (value->kind_case() == Value::kBoolValue) return value->bool_value() ? "true" : "false";
  return value->string_value();
}

bool truth(const Struct& metadata, const char* key) {
  const std::string value = text(metadata, key);
  return value == "true" || value == "1" || value == "True" || value == "TRUE" || value == "t" || value == "T";
}

std::vector<std::string> split(std::string_view joined, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= joined.size();) {
    const auto end = std::min(joined.find(separator, at), joined.size());
    parts.emplace_back(joined.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

mesh::Labels labels(const Struct& metadata) {
  mesh::Labels labels;
  if (const Value* value = find(metadata, "LABELS"))
    for (const auto& [key, label] : value->struct_value().fields()) labels[key] = label.string_value();
  return labels;
}

mesh::InterceptionMode interception(const Struct& metadata) {
  const std::string mode = text(metadata, "INTERCEPTION_MODE");
  if (mode == "NONE") return mesh::InterceptionMode::kNone;
  return mode == "TPROXY" ? mesh::InterceptionMode::kTproxy : mesh::InterceptionMode::kRedirect;
}

// An object, or one written as text. What is no ProxyConfig counts as not given; fields of later versions are passed over.
std::optional<std::string> proxy_config(const Struct& metadata) {
  const Value* value = find(metadata, "PROXY_CONFIG");
  if (value == nullptr) return std::nullopt;
  std::string json = value->string_value();
  if (value->has_struct_value() && !google::protobuf::util::MessageToJsonString(value->struct_value(), &json).ok()) return std::nullopt;
  istio::mesh::v1alpha1::ProxyConfig given, read;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(json, &given, options).ok()) return std::nullopt;
  if (given.has_gateway_topology()) *read.mutable_gateway_topology() = given.gateway_topology();
  if (given.has_proxy_headers()) *read.mutable_proxy_headers() = given.proxy_headers();
  if (given.has_connection_settings()) *read.mutable_connection_settings() = given.connection_settings();
  if (given.has_tracing()) *read.mutable_tracing() = given.tracing();
  return read.SerializeAsString();
}

std::shared_ptr<const std::map<std::string, std::string>> texts(const Struct& metadata) {
  auto out = std::make_shared<std::map<std::string, std::string>>();
  for (const auto& [key, value] : metadata.fields())
    if (value.has_string_value()) out->emplace(key, value.string_value());
  return out;
}

// TYPE~IP~POD.NAMESPACE~DOMAIN
absl::Status parse_id(const std::string& id, mesh::ProxyFacts& facts) {
  const auto parts = split(id, '~');
  if (parts.size() != 4)
    return absl::InvalidArgumentError(
        fmt::format("node id \"{}\": expected TYPE~IP~POD.NAMESPACE~DOMAIN, found {} part(s)", id, parts.size()));
  if (parts[0] == "sidecar") {
    facts.type = mesh::ProxyType::kSidecar;
  } else if (parts[0] == "router") {
    facts.type = mesh::ProxyType::kRouter;
  } else {
    return absl::InvalidArgumentError(fmt::format("node id \"{}\": type \"{}\" is neither sidecar nor router", id, parts[0]));
  }
  facts.ips = {parts[1]};
  facts.id = parts[2];
  facts.dns_domain = parts[3];
  const auto dot = facts.id.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == facts.id.size())
    return absl::InvalidArgumentError(fmt::format("node id \"{}\": \"{}\" is not POD.NAMESPACE", id, facts.id));
  facts.ns = facts.id.substr(dot + 1);
  return absl::OkStatus();
}

absl::Status parse_addresses(const std::string& id, const Struct& metadata, mesh::ProxyFacts& facts) {
  std::vector<std::string> ips;
  for (auto& ip : split(text(metadata, "INSTANCE_IPS"), ','))
    if (!ip.empty()) ips.push_back(std::move(ip));
  if (!ips.empty()) facts.ips = std::move(ips);
  if (facts.ips.front().empty())
    return absl::InvalidArgumentError(fmt::format("node id \"{}\": no IP, and metadata INSTANCE_IPS has none either", id));
  return absl::OkStatus();
}

void parse_metadata(const Struct& metadata, NodeInfo& info) {
  mesh::ProxyFacts& facts = info.facts;
  if (auto ns = text(metadata, "NAMESPACE"); !ns.empty()) facts.ns = std::move(ns);
  facts.labels = labels(metadata);
  facts.cluster_id = text(metadata, "CLUSTER_ID");
  facts.mesh_id = text(metadata, "MESH_ID");
  facts.network = text(metadata, "NETWORK");
  facts.workload = text(metadata, "WORKLOAD_NAME");
  facts.node_name = text(metadata, "NODE_NAME");
  facts.service_account = text(metadata, "SERVICE_ACCOUNT");
  facts.istio_version = text(metadata, "ISTIO_VERSION");
  facts.interception = interception(metadata);
  facts.http10 = truth(metadata, "HTTP10");
  facts.dns_capture = facts.asks_names = truth(metadata, "DNS_CAPTURE");
  facts.proxy_config = proxy_config(metadata);
  facts.metadata = texts(metadata);
  facts.bind_address = text(metadata, "AMIME_BIND_ADDRESS");
  facts.inbound_address = text(metadata, "AMIME_INBOUND_ADDRESS");
  facts.app_address = text(metadata, "AMIME_APP_ADDRESS");
  info.generator = text(metadata, "GENERATOR");
}

// Envoy says its version as numbers (user_agent_build_version); others, and older ones, as text.
int envoy_minor(const envoy::config::core::v3::Node& node) {
  if (node.user_agent_name() != "envoy") return 0;
  if (node.has_user_agent_build_version()) {
    const auto& version = node.user_agent_build_version().version();
    return version.major_number() > 1 ? 100 : static_cast<int>(version.minor_number());
  }
  const auto parts = split(node.user_agent_version(), '.');
  if (parts.size() < 2) return 0;
  return parts[0] == "1" ? std::atoi(parts[1].c_str()) : std::atoi(parts[0].c_str()) > 1 ? 100 : 0;
}

// The list of extensions is all but a few hundred of an Envoy's 60 KB, and the same for thousands of them: it is not decoded here.
bool decode(std::string_view bytes, envoy::config::core::v3::Node* node, std::vector<std::string_view>* extensions) {
  std::string rest;
  WireReader reader(bytes);
  while (reader.next()) {
    if (reader.field() == envoy::config::core::v3::Node::kExtensionsFieldNumber)
      extensions->push_back(reader.bytes());
    else
      append_bytes(rest, reader.field(), reader.bytes());  // a Node has no fields of another kind
  }
  return reader.ok() && node->ParseFromString(rest);
}

}  // namespace

absl::StatusOr<NodeInfo> parse_node(std::string_view bytes, ExtensionLists& lists) {
  envoy::config::core::v3::Node node;
  std::vector<std::string_view> extensions;
  if (!decode(bytes, &node, &extensions)) return absl::InvalidArgumentError("node: the bytes are no Node message");
  if (node.id().empty()) return absl::InvalidArgumentError("node: the first request of a stream must carry the node with its id");
  NodeInfo info;
  if (auto status = parse_id(node.id(), info.facts); !status.ok()) return status;
  if (auto status = parse_addresses(node.id(), node.metadata(), info.facts); !status.ok()) return status;
  parse_metadata(node.metadata(), info);
  info.facts.cluster = node.cluster();
  info.facts.locality = {node.locality().region(), node.locality().zone(), node.locality().sub_zone()};
  info.facts.extensions = lists.find(extensions);
  info.user_agent = node.user_agent_name();
  info.envoy_minor = info.facts.envoy_minor = envoy_minor(node);
  return info;
}

translate::RouteDelivery route_delivery(const NodeInfo& node, bool delta) {
  constexpr int kFirstWithHostsOverAds = 38;
  return delta && node.envoy_minor >= kFirstWithHostsOverAds && node.generator.empty() ? translate::RouteDelivery::kPerVirtualHost
                                                                                       : translate::RouteDelivery::kWhole;
}

}  // namespace amime::delivery
