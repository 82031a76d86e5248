// What istioctl asks for over state-of-the-world xDS: types that start with "istio.io/debug". They bypass subscriptions
// and nonces (istioctl's first request carries an invented nonce). Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/published.h"
#include "delivery/debug_access.h"
#include "delivery/message.h"
#include "delivery/request.h"

namespace amime::delivery {

class Registry;

// The /debug pages of the monitoring port, which a room above serves: path with query, without "/debug/", to the body. `ns`: whose
// proxies it may tell of (debug_access.h).
class DebugPages {
 public:
  struct Page {
    bool found = false;
    std::string body;
  };
  using Show = std::function<Page(const std::string& path, const std::string& ns)>;
  void set(Show show) { show_.publish(std::make_shared<const Show>(std::move(show))); }
  Page show(const std::string& path, const std::string& ns) const;

 private:
  base::Published<Show> show_;
};

// A DiscoveryResponse to istioctl's request: "istio.io/debug/syncz" (what each proxy was sent and acknowledged),
// "istio.io/debug/config_dump" (resource_names: the proxy), "istio.io/debug" (resource_names: any page). nullopt: another type.
// Who may not see it is told why instead (debug_access.h); syncz tells each workload of the proxies of its namespace, as istiod's does.
absl::StatusOr<std::optional<Message>> answer_debug(const Request& request, const Registry& registry, const DebugPages& pages,
                                                    const Viewer& viewer, std::string_view nonce);

}  // namespace amime::delivery
