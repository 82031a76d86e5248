#include "translate/route_config.h"

#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"

namespace amime::translate {

void set_table_defaults(envoy::config::route::v3::RouteConfiguration* table) {
  constexpr std::uint32_t kMaxBody = 1024 * 1024;
  table->mutable_validate_clusters()->set_value(false);
  table->mutable_max_direct_response_body_size_bytes()->set_value(kMaxBody);
  table->set_ignore_port_in_host_matching(true);
}

ProxyHeaders proxy_headers(const istio::mesh::v1alpha1::ProxyConfig& config) {
  const auto& headers = config.proxy_headers();
  return {.attempt_count = !headers.attempt_count().disabled().value(),
          .forwarded_host = headers.x_forwarded_host().enabled().value(),
          .preserve_case = headers.preserve_http1_header_case().value()};
}

}  // namespace amime::translate
