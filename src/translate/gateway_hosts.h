// The virtual hosts of a Gateway's route table while they are put together from servers and VirtualServices.
// One lives for one run of rule gateway_table.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesh/object.h"

namespace envoy::config::route::v3 {
class RouteConfiguration;
class VirtualHost;
}  // namespace envoy::config::route::v3

namespace amime::translate {

class GatewayHosts {
 public:
  GatewayHosts();
  ~GatewayHosts();

  // More routes for `host` (any case): those of another VirtualService, or the same one's through another server. `port` is
  // the server's, for the virtual host's name. `source` tells equal routes from others.
  void add_routes(const std::string& host, std::uint32_t port, const std::string& source,
                  const envoy::config::route::v3::VirtualHost& routes);
  // Server.tls.httpsRedirect: plaintext requests to `host` are redirected, whether or not it has routes.
  void redirect_to_https(const std::string& host, std::uint32_t port);
  bool empty() const { return hosts_.empty(); }

  // Appends the virtual hosts, sorted by name. Hosts with the same routes share one, under the name of the most specific of
  // them; routes that match everything go last, so that none of a later VirtualService is hidden.
  void move_to(bool attempt_count, envoy::config::route::v3::RouteConfiguration* table);

 private:
  struct Host;
  Host& at(const std::string& host, std::uint32_t port);  // made if it is new
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

}  // namespace amime::translate
