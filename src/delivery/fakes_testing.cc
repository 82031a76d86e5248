#include "delivery/fakes.h"

#include <gtest/gtest.h>

#include "delivery/wire.h"
#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/core/v3/base.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace amime::delivery::testing {

using translate::Type;

// The content is a message that no one decodes: field 1 is the name, field 100 the text.
translate::ResourcePtr resource(Type type, const std::string& name, const std::string& content, std::vector<std::string> refs,
                                std::vector<std::uint64_t> claims) {
  if (type == Type::kCluster) {
    envoy::config::cluster::v3::Cluster cluster;
    cluster.set_name(name);
    cluster.set_alt_stat_name(content);
    cluster.set_type(envoy::config::cluster::v3::Cluster::EDS);
    return translate::make_resource(type, name, cluster, {}, {{mesh::Kind::kService, "default", name}});
  }
  std::string message;
  append_bytes(message, 1, name);
  append_bytes(message, 100, content);
  auto made = std::make_shared<translate::Resource>(
      *translate::make_resource_of_bytes(type, name, message, std::move(refs), {{mesh::Kind::kVirtualService, "default", name}}));
  made->claims = std::move(claims);
  return made;
}

void FakeSource::put(Type type, const std::string& name, const std::string& content, std::vector<std::string> refs,
                     std::vector<std::uint64_t> claims) {
  resources_[static_cast<std::size_t>(type)][name] = resource(type, name, content, std::move(refs), std::move(claims));
}
void FakeSource::remove(Type type, const std::string& name) { resources_[static_cast<std::size_t>(type)].erase(name); }

void FakeSource::update(const std::vector<mesh::Change>&, SteadyTime) {
  translate::Catalog next;
  for (std::size_t i = 0; i < translate::kTypes; ++i) {
    std::vector<translate::ResourcePtr> all;
    for (const auto& [name, made] : resources_[i]) all.push_back(made);
    next.sets[i] = interner_.make(all);
  }
  catalog_ = std::make_shared<const translate::Catalog>(std::move(next));
  changed_.assign(scopes_.begin(), scopes_.end());
}

FakeSource::ScopeId FakeSource::attach(const mesh::ProxyFacts&, translate::RouteDelivery delivery) {
  deliveries.push_back(delivery);
  scopes_.insert(next_);
  return next_++;
}
void FakeSource::detach(ScopeId scope) { scopes_.erase(scope); }

Plane::Plane(unsigned fanout_threads)
    : source(new FakeSource),
      hub(std::unique_ptr<CatalogSource>(source), {fanout_threads, [this] { selections.trim(); }}, &stats),
      context{hub, selections, names, registry, stats, pages, alarms, {}, {}, extensions} {}
Plane::~Plane() { hub.stop(); }

void Plane::publish() {
  hub.submit({});
  hub.run_pending();
}

bool FakePeer::may_have_secrets(std::string* why_not) const {
  if (!trusted_) *why_not = "the test says so";
  return trusted_;
}

FakeProxy::FakeProxy(Plane& plane, Protocol protocol, std::string id, bool trusted) : protocol_(protocol), node_(node(id)) {
  auto peer = std::make_shared<FakePeer>(trusted);
  stream = protocol == Protocol::kDelta ? make_delta_stream(plane.context, this, peer) : make_sotw_stream(plane.context, this, peer);
}

FakeProxy::~FakeProxy() {
  if (write_pending_) finish_write();
  stream->on_closed();
}

std::string FakeProxy::node(const std::string& id, const std::map<std::string, std::string>& metadata, const std::string& agent) {
  envoy::config::core::v3::Node node;
  node.set_id(id);
  node.set_user_agent_name(agent);
  node.mutable_user_agent_build_version()->mutable_version()->set_major_number(1);
  node.mutable_user_agent_build_version()->mutable_version()->set_minor_number(40);
  for (const auto& [key, value] : metadata) (*node.mutable_metadata()->mutable_fields())[key].set_string_value(value);
  return node.SerializeAsString();
}

namespace {

std::string content_of(const google::protobuf::Any& any) {
  if (any.type_url() == translate::type_url(Type::kCluster)) {
    envoy::config::cluster::v3::Cluster cluster;
    EXPECT_TRUE(any.UnpackTo(&cluster));
    return cluster.alt_stat_name();
  }
  WireReader reader(any.value());
  std::string content;
  while (reader.next())
    if (reader.field() == 100) content = reader.bytes();
  return content;
}

std::string name_of(const google::protobuf::Any& any) {
  WireReader reader(any.value());
  reader.next();
  return std::string(reader.bytes());
}

std::string bytes_of(const Message& message) {
  std::string bytes = message.head;
  if (message.body)
    for (const auto& slice : message.body->slices()) bytes.append(slice.bytes);
  return bytes;
}

}  // namespace

Response read_delta(const Message& message) {
  envoy::service::discovery::v3::DeltaDiscoveryResponse parsed;
  EXPECT_TRUE(parsed.ParseFromString(bytes_of(message)));
  Response response{parsed.system_version_info(), parsed.type_url(), parsed.nonce(), {}, {}, message.size()};
  for (const auto& r : parsed.resources()) {
    EXPECT_EQ(r.name(), name_of(r.resource()));
    response.resources[r.name()] = content_of(r.resource());
  }
  response.removed.assign(parsed.removed_resources().begin(), parsed.removed_resources().end());
  return response;
}

Response read_sotw(const Message& message) {
  envoy::service::discovery::v3::DiscoveryResponse parsed;
  EXPECT_TRUE(parsed.ParseFromString(bytes_of(message)));
  Response response{parsed.version_info(), parsed.type_url(), parsed.nonce(), {}, {}, message.size()};
  for (const auto& r : parsed.resources()) response.resources[name_of(r)] = content_of(r);
  return response;
}

std::string delta_request(Type type, const Ask& ask, const std::string& node) {
  envoy::service::discovery::v3::DeltaDiscoveryRequest request;
  if (!node.empty()) request.mutable_node()->ParseFromString(node);
  request.set_type_url(std::string(translate::type_url(type)));
  for (const auto& name : ask.subscribe) request.add_resource_names_subscribe(name);
  for (const auto& name : ask.unsubscribe) request.add_resource_names_unsubscribe(name);
  request.mutable_initial_resource_versions()->insert(ask.initial.begin(), ask.initial.end());
  request.set_response_nonce(ask.nonce);
  if (!ask.error.empty()) request.mutable_error_detail()->set_message(ask.error);
  return request.SerializeAsString();
}

std::string sotw_request(Type type, const Ask& ask, const std::string& node) {
  envoy::service::discovery::v3::DiscoveryRequest request;
  if (!node.empty()) request.mutable_node()->ParseFromString(node);
  request.set_type_url(std::string(translate::type_url(type)));
  for (const auto& name : ask.subscribe) request.add_resource_names(name);
  request.set_response_nonce(ask.nonce);
  request.set_version_info(ask.version);
  if (!ask.error.empty()) request.mutable_error_detail()->set_message(ask.error);
  return request.SerializeAsString();
}

void FakeProxy::write(Message message) {
  EXPECT_FALSE(write_pending_) << "two writes in flight";
  bytes += message.size();
  received.push_back(protocol_ == Protocol::kDelta ? read_delta(message) : read_sotw(message));
  write_pending_ = true;
  if (!slow && !in_write_) {
    in_write_ = true;
    while (write_pending_) finish_write();
    in_write_ = false;
  }
}

void FakeProxy::finish_write() {
  write_pending_ = false;
  stream->on_write_done();
}

void FakeProxy::ask(Type type, const Ask& ask) {
  const std::string node = std::exchange(node_, {});
  send(protocol_ == Protocol::kDelta ? delta_request(type, ask, node) : sotw_request(type, ask, node));
}

void FakeProxy::ack(const Response& response, std::vector<std::string> names) {
  ask(*type_of_url(response.type_url), {.subscribe = std::move(names), .nonce = response.nonce, .version = response.version});
}
void FakeProxy::nack(const Response& response, const std::string& error, std::vector<std::string> names) {
  ask(*type_of_url(response.type_url), {.subscribe = std::move(names), .nonce = response.nonce, .error = error});
}

std::optional<Response> FakeProxy::take() {
  if (received.empty()) return std::nullopt;
  Response first = std::move(received.front());
  received.erase(received.begin());
  return first;
}

Response FakeProxy::expect(Type type) {
  auto response = take();
  if (!response) {
    ADD_FAILURE() << "no message of type " << translate::type_short(type);
    return {};
  }
  EXPECT_EQ(response->type_url, translate::type_url(type));
  return *response;
}

}  // namespace amime::delivery::testing
