#include "translate/inbound_route.h"

#include <fmt/format.h>

#include "envoy/config/route/v3/route.pb.h"
#include "mesh/v1alpha1/config.pb.h"
#include "translate/hosts.h"

namespace amime::translate {
namespace {

bool is_grpc(mesh::Protocol protocol) { return protocol == mesh::Protocol::kGrpc || protocol == mesh::Protocol::kGrpcWeb; }

}  // namespace

void fill_inbound_table(const InboundRoute& route, const istio::mesh::v1alpha1::MeshConfig&,
                        envoy::config::route::v3::RouteConfiguration* table) {
  table->set_name(std::string(route.cluster));
  table->mutable_validate_clusters()->set_value(false);
  auto* host = table->add_virtual_hosts();
  host->set_name(fmt::format("inbound|http|{}", route.service_port));
  host->add_domains("*");

  auto* out = host->add_routes();
  out->set_name("default");
  out->mutable_match()->set_prefix("/");
  out->mutable_decorator()->set_operation(host_and_port(route.host, route.service_port) + "/*");
  auto* action = out->mutable_route();
  action->set_cluster(std::string(route.cluster));
  // The client's side decides about timeouts; grpc-timeout is honoured as it comes.
  action->mutable_timeout();
  action->mutable_max_stream_duration()->mutable_max_stream_duration();
  action->mutable_max_stream_duration()->mutable_grpc_timeout_header_max();
  // A request that was reset before the application read it was never processed, so it may be sent again. Not on gRPC ports:
  // streams end by resets there.
  if (!is_grpc(route.protocol)) {
    action->mutable_retry_policy()->set_retry_on("reset-before-request");
    action->mutable_retry_policy()->mutable_num_retries()->set_value(2);
  }
}

}  // namespace amime::translate
