#include "translate/listener_testing.h"

#include <algorithm>
#include <deque>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"

namespace amime::translate::listener_testing {
namespace {

bool about_listeners(RuleId id) {
  return id == RuleId::kOutbound || id == RuleId::kInbound || id == RuleId::kGateway || id == RuleId::kOutboundListeners ||
         id == RuleId::kOutboundListener || id == RuleId::kInboundListener || id == RuleId::kGatewayListener ||
         id == RuleId::kGatewaySecret;
}

template <class T>
T last_filter(const FilterChain& chain) {
  T out;
  if (chain.filters_size() > 0) chain.filters(chain.filters_size() - 1).typed_config().UnpackTo(&out);
  return out;
}

}  // namespace

ListenerWorld::ListenerWorld(std::vector<mesh::ObjectPtr> objects, mesh::ProxyFacts proxy)
    : mesh_(mesh::testing::mesh_of(objects)), proxy_(std::move(proxy)), scene_{&mesh_, &proxy_, mesh_.visible(proxy_)} {}

Product ListenerWorld::run(RuleId id, std::string_view subject, Trace* reads) {
  Trace trace;
  View view(scene_, &trace);
  Product product;
  rule(id)(view, subject, product);
  if (reads != nullptr) *reads = std::move(trace);
  return product;
}

std::map<std::string, Listener> ListenerWorld::listeners(RuleId root) {
  std::map<std::string, Listener> out;
  std::deque<RuleKey> todo{{root, ""}};
  for (; !todo.empty(); todo.pop_front()) {
    const RuleKey key = todo.front();
    if (!about_listeners(key.rule)) {
      others_.push_back(key);
      continue;
    }
    Product product = run(key.rule, key.subject, &reads_[key.rule]);
    todo.insert(todo.end(), product.children.begin(), product.children.end());
    notes_.insert(notes_.end(), product.notes.begin(), product.notes.end());
    for (const auto& resource : product.resources) {
      if (resource->type != Type::kListener) continue;
      out[resource->name].ParseFromString(std::string(resource->message()));
      refs_[resource->name] = resource->refs;
    }
  }
  return out;
}

std::map<std::string, Listener> ListenerWorld::outbound() { return listeners(RuleId::kOutbound); }
std::map<std::string, Listener> ListenerWorld::inbound() { return listeners(RuleId::kInbound); }
std::map<std::string, Listener> ListenerWorld::gateway() { return listeners(RuleId::kGateway); }

bool ListenerWorld::asked_for(const RuleKey& key) const { return std::find(others_.begin(), others_.end(), key) != others_.end(); }

bool ListenerWorld::read(RuleId id, Ask ask) const {
  for (const auto& [rule_id, trace] : reads_)
    for (const auto& read : trace)
      if (rule_id == id && read.ask == ask) return true;
  return false;
}

bool ListenerWorld::noted(std::string_view code, std::string_view text) const {
  for (const auto& note : notes_)
    if (note.code == code && note.text.find(text) != std::string::npos) return true;
  return false;
}

HttpConnectionManager hcm_of(const FilterChain& chain) { return last_filter<HttpConnectionManager>(chain); }
TcpProxy tcp_of(const FilterChain& chain) { return last_filter<TcpProxy>(chain); }

std::vector<std::string> names(const std::map<std::string, Listener>& listeners) {
  std::vector<std::string> out;
  for (const auto& [name, listener] : listeners) out.push_back(name);
  return out;
}

std::vector<std::string> listener_filters(const Listener& listener) {
  std::vector<std::string> out;
  for (const auto& filter : listener.listener_filters()) out.push_back(filter.name().substr(filter.name().rfind('.') + 1));
  return out;
}

}  // namespace amime::translate::listener_testing
