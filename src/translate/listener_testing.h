// A small mesh and one proxy for tests of listeners: runs the rules of a layer without the engine and shows what they make.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/mesh.h"
#include "mesh/testing.h"
#include "translate/rules.h"

namespace envoy::config::listener::v3 {
class FilterChain;
class Listener;
}  // namespace envoy::config::listener::v3
namespace envoy::extensions::filters::network::http_connection_manager::v3 {
class HttpConnectionManager;
}
namespace envoy::extensions::filters::network::tcp_proxy::v3 {
class TcpProxy;
}

namespace amime::translate::listener_testing {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using envoy::extensions::filters::network::tcp_proxy::v3::TcpProxy;

class ListenerWorld {
 public:
  ListenerWorld(std::vector<mesh::ObjectPtr> objects, mesh::ProxyFacts proxy);

  // What one rule makes. `reads`, if given, receives what it asked.
  Product run(RuleId id, std::string_view subject, Trace* reads = nullptr);

  // The listeners below a root; routes and clusters are left to others' tests.
  std::map<std::string, Listener> listeners(RuleId root);
  std::map<std::string, Listener> outbound();
  std::map<std::string, Listener> inbound();
  std::map<std::string, Listener> gateway();

  const std::vector<Note>& notes() const { return notes_; }
  const std::vector<std::string>& refs(const std::string& listener) const { return refs_.at(listener); }
  bool asked_for(const RuleKey& key) const;
  bool read(RuleId id, Ask ask) const;
  bool noted(std::string_view code, std::string_view text) const;

 private:
  mesh::Mesh mesh_;
  mesh::ProxyFacts proxy_;
  Scene scene_;
  std::vector<Note> notes_;
  std::vector<RuleKey> others_;
  std::map<std::string, std::vector<std::string>> refs_;
  std::map<RuleId, Trace> reads_;
};

// The last filter of a chain; a default one where it is another filter.
HttpConnectionManager hcm_of(const FilterChain& chain);
TcpProxy tcp_of(const FilterChain& chain);

std::vector<std::string> names(const std::map<std::string, Listener>& listeners);
std::vector<std::string> listener_filters(const Listener& listener);
template <class Repeated>
std::vector<std::string> strings(const Repeated& repeated) {
  return {repeated.begin(), repeated.end()};
}

}  // namespace amime::translate::listener_testing
