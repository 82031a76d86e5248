// Which outbound listeners a sidecar has, and which service ports each must serve.
//
// The plan reads headers of services only; it is the subject of the rule that builds each listener (encode, decode), so
// that a listener is built again only when what it serves changes, and the shared HTTP listener of a port, which serves
// all services through its route table, not even then. Values of one rule's run.
//
// Fields: Service and ServiceEntry ports and addresses; Sidecar.egress (port, bind, captureMode).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/model.h"
#include "translate/rule.h"

namespace amime::translate {

// What one service port wants of a listener. All HTTP services of a listener want the same: one ask without a host.
struct ListenerAsk {
  mesh::Protocol protocol = mesh::Protocol::kHttp;
  std::string host;
  std::uint32_t cluster_port = 0;  // of the service's cluster; differs from the listener's where a Sidecar says so
  bool match_name = false;         // TLS: nothing but the name in the ClientHello tells it from others on this listener
  bool resolves = false;           // HTTP: the hosts of a service are found by name, request by request (DYNAMIC_DNS)
  std::vector<std::string> cidrs;  // the destinations that are this service's, where the listener stands on a wildcard
  bool operator==(const ListenerAsk&) const = default;
};

struct ListenerPlan {
  std::size_t egress = 0;          // index of the egress listener whose services these are
  std::vector<std::string> binds;  // the first names the listener; more of them: dual stack
  std::uint32_t port = 0;          // 0: a Unix socket
  bool bind_to_port = false;       // else found by original destination only
  std::vector<ListenerAsk> asks;   // in Istio's order of services: the first wins a conflict
  bool operator==(const ListenerPlan&) const = default;
};

// Headless services on one port: a listener for each of their pods. Endpoints are read by the rule that builds them.
struct PodsPlan {
  std::size_t egress = 0;
  std::uint32_t port = 0;
  std::vector<ListenerAsk> asks;
  std::vector<std::string> taken;  // addresses that have a listener already: a ServiceEntry may name a pod's
};

struct OutboundPlan {
  std::vector<ListenerPlan> listeners;
  std::vector<PodsPlan> pods;
};

OutboundPlan plan_outbound(View& view, std::vector<Note>* notes);

// Subjects of RuleId::kOutboundListener.
inline constexpr std::string_view kVirtualOutboundSubject = "virtual";  // where captured traffic arrives
inline constexpr std::string_view kHttpProxySubject = "http-proxy";     // MeshConfig.proxyHttpPort
std::string encode(const ListenerPlan& plan);                           // listener|...
std::string encode(const PodsPlan& plan);                               // pods|...
ListenerPlan decode_listener(std::string_view subject);
PodsPlan decode_pods(std::string_view subject);

}  // namespace amime::translate
