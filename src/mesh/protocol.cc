// Protocols of ports. The rules are Istio's protocol selection: appProtocol, else the port's name up to its first hyphen.
#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "mesh/model.h"

namespace amime::mesh {
namespace {

using Entry = std::pair<std::string_view, Protocol>;
constexpr std::array<Entry, 12> kByName = {{{"tcp", Protocol::kTcp},
                                            {"udp", Protocol::kUdp},
                                            {"grpc", Protocol::kGrpc},
                                            {"grpc-web", Protocol::kGrpcWeb},
                                            {"http", Protocol::kHttp},
                                            {"http_proxy", Protocol::kHttp},
                                            {"http2", Protocol::kHttp2},
                                            {"https", Protocol::kHttps},
                                            {"tls", Protocol::kTls},
                                            {"mongo", Protocol::kMongo},
                                            {"redis", Protocol::kRedis},
                                            {"mysql", Protocol::kMySql}}};

// Kubernetes' own names for appProtocol.
constexpr std::array<Entry, 3> kByAppProtocol = {
    {{"kubernetes.io/h2c", Protocol::kHttp2}, {"kubernetes.io/ws", Protocol::kHttp}, {"kubernetes.io/wss", Protocol::kHttps}}};

// SMTP, DNS, MySQL, MongoDB: here the server may speak first, so sniffing would break them.
constexpr std::array<std::uint32_t, 4> kServerFirstPorts = {25, 53, 3306, 27017};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

bool is_http(Protocol p) { return p == Protocol::kHttp || is_http2(p); }
bool is_http2(Protocol p) { return p == Protocol::kHttp2 || p == Protocol::kGrpc || p == Protocol::kGrpcWeb; }
bool is_tls(Protocol p) { return p == Protocol::kHttps || p == Protocol::kTls; }
bool is_tcp(Protocol p) {
  return is_tls(p) || p == Protocol::kTcp || p == Protocol::kMongo || p == Protocol::kRedis || p == Protocol::kMySql;
}

Protocol parse_protocol(std::string_view name) {
  for (const auto& [known, protocol] : kByName)
    if (equal_ignoring_case(name, known)) return protocol;
  return Protocol::kUnset;
}

Protocol protocol_from_port(std::string_view port_name, std::string_view app_protocol, std::string_view l4_protocol, std::uint32_t port) {
  if (l4_protocol == "UDP") return Protocol::kUdp;
  for (const auto& [known, protocol] : kByAppProtocol)
    if (app_protocol == known) return protocol;
  std::string_view name = app_protocol.empty() ? port_name : app_protocol;
  if (equal_ignoring_case(name.substr(0, 8), "grpc-web")) return Protocol::kGrpcWeb;
  Protocol named = parse_protocol(name.substr(0, name.find('-')));
  if (named != Protocol::kUnset) return named;
  bool server_first = std::find(kServerFirstPorts.begin(), kServerFirstPorts.end(), port) != kServerFirstPorts.end();
  return server_first ? Protocol::kTcp : Protocol::kUnset;
}

}  // namespace amime::mesh
