// A small mesh and one proxy for tests of listeners: runs the rules of a layer without the engine and shows what they make.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb.h"
#include "mesh/mesh.h"
#include "mesh/testing.h"
#include "translate/rules.h"

namespace amime::translate::listener_testing {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;

class ListenerWorld {
 public:
  ListenerWorld(std::vector<mesh::ObjectPtr> objects, mesh::ProxyFacts proxy)
      : mesh_(mesh::testing::mesh_of(objects)), proxy_(std::move(proxy)), scene_{&mesh_, &proxy_, mesh_.visible(proxy_)} {}

  // What one rule makes. `reads`, if given, receives what it asked.
  Product run(RuleId id, std::string_view subject, Trace* reads = nullptr) {
    Trace trace;
    View view(scene_, &trace);
    Product product;
    rule(id)(view, subject, product);
    if (reads != nullptr) *reads = std::move(trace);
    return product;
  }

  // The listeners below a root; routes and clusters are left to others' tests.
  std::map<std::string, Listener> listeners(RuleId root) {
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
  std::map<std::string, Listener> outbound() { return listeners(RuleId::kOutbound); }
  std::map<std::string, Listener> inbound() { return listeners(RuleId::kInbound); }
  std::map<std::string, Listener> gateway() { return listeners(RuleId::kGateway); }

  const std::vector<Note>& notes() const { return notes_; }
  const std::vector<std::string>& refs(const std::string& listener) const { return refs_.at(listener); }
  bool asked_for(const RuleKey& key) const { return std::find(others_.begin(), others_.end(), key) != others_.end(); }
  bool read(RuleId id, Ask ask) const {
    for (const auto& [rule_id, trace] : reads_)
      for (const auto& read : trace)
        if (rule_id == id && read.ask == ask) return true;
    return false;
  }
  bool noted(std::string_view code, std::string_view text) const {
    for (const auto& note : notes_)
      if (note.code == code && note.text.find(text) != std::string::npos) return true;
    return false;
  }

 private:
  static bool about_listeners(RuleId id) {
    return id == RuleId::kOutbound || id == RuleId::kInbound || id == RuleId::kGateway || id == RuleId::kOutboundListeners ||
           id == RuleId::kOutboundListener || id == RuleId::kInboundListener || id == RuleId::kGatewayListener ||
           id == RuleId::kGatewaySecret;
  }

  mesh::Mesh mesh_;
  mesh::ProxyFacts proxy_;
  Scene scene_;
  std::vector<Note> notes_;
  std::vector<RuleKey> others_;
  std::map<std::string, std::vector<std::string>> refs_;
  std::map<RuleId, Trace> reads_;
};

// The last filter of a chain as T; a default T where it is another filter.
template <class T>
T last_filter(const FilterChain& chain) {
  T out;
  if (chain.filters_size() > 0) chain.filters(chain.filters_size() - 1).typed_config().UnpackTo(&out);
  return out;
}
inline HttpConnectionManager hcm_of(const FilterChain& chain) { return last_filter<HttpConnectionManager>(chain); }
inline TcpProxy tcp_of(const FilterChain& chain) { return last_filter<TcpProxy>(chain); }

inline std::vector<std::string> names(const std::map<std::string, Listener>& listeners) {
  std::vector<std::string> out;
  for (const auto& [name, listener] : listeners) out.push_back(name);
  return out;
}
inline std::vector<std::string> listener_filters(const Listener& listener) {
  std::vector<std::string> out;
  for (const auto& filter : listener.listener_filters()) out.push_back(filter.name().substr(filter.name().rfind('.') + 1));
  return out;
}
template <class Repeated>
std::vector<std::string> strings(const Repeated& repeated) {
  return {repeated.begin(), repeated.end()};
}

}  // namespace amime::translate::listener_testing
