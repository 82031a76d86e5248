// The real server on a real port, with gRPC's own client. Not run under ThreadSanitizer: gRPC is not instrumented.
#include "delivery/grpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>

#include "delivery/fakes.h"
#include "envoy/service/discovery/v3/ads.grpc.pb.h"

namespace amime::delivery::testing {
namespace {

using envoy::service::discovery::v3::AggregatedDiscoveryService;
using envoy::service::discovery::v3::DeltaDiscoveryRequest;
using envoy::service::discovery::v3::DeltaDiscoveryResponse;
using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;
using translate::Type;

class GrpcServerTest : public ::testing::Test {
 protected:
  GrpcServerTest() {
    plane.source->put(Type::kCluster, "a", "1");
    plane.source->put(Type::kSecret, "kubernetes://cert", "key");
    for (int i = 0; i < 2000; ++i) plane.source->put(Type::kEndpoint, "e" + std::to_string(i), std::string(500, 'x'));
    plane.hub.start();
    plane.hub.submit({});
    auto started = GrpcServer::start({.address = "127.0.0.1:0", .token = "secret"}, plane.context);
    EXPECT_TRUE(started.ok()) << started.status();
    server = std::move(*started);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()), grpc::InsecureChannelCredentials(), arguments);
    stub = AggregatedDiscoveryService::NewStub(channel);
    call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }
  static std::string url(Type type) { return std::string(translate::type_url(type)); }
  static DeltaDiscoveryRequest first(Type type, const std::string& id = "router~10.0.0.1~gw.default~default.svc.cluster.local") {
    DeltaDiscoveryRequest request;
    request.mutable_node()->ParseFromString(FakeProxy::node(id));
    request.set_type_url(url(type));
    return request;
  }
  Plane plane{2};
  std::unique_ptr<GrpcServer> server;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<AggregatedDiscoveryService::Stub> stub;
  grpc::ClientContext call;
};

TEST_F(GrpcServerTest, DeltaFromFirstRequestToChange) {
  auto stream = stub->DeltaAggregatedResources(&call);
  ASSERT_TRUE(stream->Write(first(Type::kCluster)));
  DeltaDiscoveryResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.resources_size(), 1);
  EXPECT_EQ(response.resources(0).name(), "a");
  DeltaDiscoveryRequest request;
  request.set_type_url(url(Type::kCluster));
  request.set_response_nonce(response.nonce());
  ASSERT_TRUE(stream->Write(request));

  // A subscription and an answer of about a megabyte each way.
  request = {};
  request.set_type_url(url(Type::kEndpoint));
  for (int i = 0; i < 2000; ++i) request.add_resource_names_subscribe("e" + std::to_string(i));
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.resources_size(), 2000);
  EXPECT_EQ(response.removed_resources_size(), 0);

  plane.hub.ask([&](CatalogSource&) { plane.source->put(Type::kCluster, "b", "1"); });
  plane.hub.submit({});
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.resources_size(), 1);
  EXPECT_EQ(response.resources(0).name(), "b");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcServerTest, StateOfTheWorld) {
  auto stream = stub->StreamAggregatedResources(&call);
  DiscoveryRequest request;
  request.mutable_node()->ParseFromString(FakeProxy::node("sidecar~10.0.0.1~a.default~default.svc.cluster.local"));
  request.set_type_url(url(Type::kCluster));
  ASSERT_TRUE(stream->Write(request));
  DiscoveryResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.resources_size(), 1);
  EXPECT_EQ(response.type_url(), url(Type::kCluster));
}

TEST_F(GrpcServerTest, LoopbackPeerOfOurUserMayHaveSecrets) {
  if (std::getenv("KUBERNETES_SERVICE_HOST")) GTEST_SKIP() << "inside a Pod plaintext carries no secrets";
  auto stream = stub->DeltaAggregatedResources(&call);
  auto request = first(Type::kSecret);
  request.add_resource_names_subscribe("kubernetes://cert");
  ASSERT_TRUE(stream->Write(request));
  DeltaDiscoveryResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.resources_size(), 1);
}

TEST_F(GrpcServerTest, BadNodeIsInvalidArgument) {
  auto stream = stub->DeltaAggregatedResources(&call);
  ASSERT_TRUE(stream->Write(first(Type::kCluster, "nonsense")));
  DeltaDiscoveryResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const auto status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("nonsense"));
}

TEST_F(GrpcServerTest, OtherMethodsAreUnimplemented) {
  const grpc::internal::RpcMethod method("/envoy.service.cluster.v3.ClusterDiscoveryService/FetchClusters",
                                         grpc::internal::RpcMethod::NORMAL_RPC);
  DiscoveryRequest request;
  DiscoveryResponse response;
  const auto status =
      grpc::internal::BlockingUnaryCall<DiscoveryRequest, DiscoveryResponse>(channel.get(), method, &call, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, PortInUseIsSaidClearly) {
  auto second = GrpcServer::start({.address = "127.0.0.1:" + std::to_string(server->port())}, plane.context);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), ::testing::HasSubstr("Address already in use"));
}

TEST_F(GrpcServerTest, ShutdownEndsOpenStreamsInTime) {
  auto stream = stub->DeltaAggregatedResources(&call);
  ASSERT_TRUE(stream->Write(first(Type::kCluster)));
  DeltaDiscoveryResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const auto start = std::chrono::steady_clock::now();
  server->shutdown();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace amime::delivery::testing
