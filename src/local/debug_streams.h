// What the monitoring port shows of the connected proxies; JSON as Istio's /debug has it. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace amime::delivery {
class Registry;
}

namespace amime::local {

// /debug/syncz: per proxy and type the nonces sent and ACKed, and the last refusal. `ns`: of one namespace only.
std::string syncz(const delivery::Registry& registry, std::string_view ns = {});
// /debug/connections
std::string connections(const delivery::Registry& registry);

// /debug/config_dump?proxyID=: what that proxy was sent, in the form of Envoy's admin interface; secrets only by name.
// `proxy`: POD.NAMESPACE or a part of it. None: no such proxy.
struct DumpRequest {
  bool include_endpoints = false;
  std::string ns;     // of proxies of this namespace only; empty: of all
  std::string types;  // "nds,ecds": the resources of these types alone, as they are; empty: Envoy's form
};
std::optional<std::string> config_dump(const delivery::Registry& registry, std::string_view proxy, const DumpRequest& request);

// How far the proxies are: each stream that has introduced itself.
struct ProxySync {
  std::string id;        // POD.NAMESPACE
  bool in_sync = false;  // has clusters and listeners, and has ACKed all that it was sent
  std::string error;     // the last refusal, if it is current
};
std::vector<ProxySync> proxy_syncs(const delivery::Registry& registry);

}  // namespace amime::local
