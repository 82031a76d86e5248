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
#include "delivery/message.h"
#include "delivery/request.h"

namespace amime::delivery {

class Registry;

// The /debug pages of the monitoring port, which a room above serves: path with query, without "/debug/", to the body.
class DebugPages {
 public:
  struct Page {
    bool found = false;
    std::string body;
  };
  using Show = std::function<Page(const std::string& path)>;
  void set(Show show) { show_.publish(std::make_shared<const Show>(std::move(show))); }
  Page show(const std::string& path) const;

 private:
  base::Published<Show> show_;
};

// A DiscoveryResponse to istioctl's request: "istio.io/debug/syncz" (what each proxy was sent and acknowledged),
// "istio.io/debug/config_dump" (resource_names: the proxy), "istio.io/debug" (resource_names: any page). nullopt: another type.
std::optional<Message> answer_debug(const Request& request, const Registry& registry, const DebugPages& pages, std::string_view nonce);

}  // namespace amime::delivery
