#include <gtest/gtest.h>

#include "mesh/model.h"

namespace amime::mesh {
namespace {

TEST(Protocol, PortNameUpToTheFirstHyphen) {
  EXPECT_EQ(protocol_from_port("http", "", "TCP", 80), Protocol::kHttp);
  EXPECT_EQ(protocol_from_port("http-web", "", "TCP", 80), Protocol::kHttp);
  EXPECT_EQ(protocol_from_port("HTTP2-x", "", "TCP", 80), Protocol::kHttp2);
  EXPECT_EQ(protocol_from_port("grpc-web", "", "TCP", 80), Protocol::kGrpcWeb);
  EXPECT_EQ(protocol_from_port("grpc-web-x", "", "TCP", 80), Protocol::kGrpcWeb);
  EXPECT_EQ(protocol_from_port("grpc-api", "", "TCP", 80), Protocol::kGrpc);
  EXPECT_EQ(protocol_from_port("httpx", "", "TCP", 80), Protocol::kUnset);
  EXPECT_EQ(protocol_from_port("web", "", "TCP", 80), Protocol::kUnset);
  EXPECT_EQ(protocol_from_port("", "", "TCP", 80), Protocol::kUnset);
  EXPECT_EQ(protocol_from_port("tls", "", "TCP", 443), Protocol::kTls);
  EXPECT_EQ(protocol_from_port("https-x", "", "TCP", 443), Protocol::kHttps);
}

TEST(Protocol, AppProtocolWinsOverTheName) {
  EXPECT_EQ(protocol_from_port("http", "tcp", "TCP", 80), Protocol::kTcp);
  EXPECT_EQ(protocol_from_port("tcp", "kubernetes.io/h2c", "TCP", 80), Protocol::kHttp2);
  EXPECT_EQ(protocol_from_port("tcp", "kubernetes.io/ws", "TCP", 80), Protocol::kHttp);
  EXPECT_EQ(protocol_from_port("tcp", "kubernetes.io/wss", "TCP", 80), Protocol::kHttps);
  EXPECT_EQ(protocol_from_port("http", "example.com/mine", "TCP", 80), Protocol::kUnset);
}

TEST(Protocol, ServerFirstPortsAreNotSniffed) {
  EXPECT_EQ(protocol_from_port("db", "", "TCP", 3306), Protocol::kTcp);
  EXPECT_EQ(protocol_from_port("", "", "TCP", 25), Protocol::kTcp);
  EXPECT_EQ(protocol_from_port("", "", "TCP", 27017), Protocol::kTcp);
  EXPECT_EQ(protocol_from_port("mysql", "", "TCP", 3306), Protocol::kMySql);
  EXPECT_EQ(protocol_from_port("http", "", "TCP", 3306), Protocol::kHttp);
  EXPECT_EQ(protocol_from_port("", "", "UDP", 53), Protocol::kUdp);
}

TEST(Protocol, Families) {
  EXPECT_TRUE(is_http(Protocol::kGrpcWeb) && is_http2(Protocol::kGrpc) && is_http(Protocol::kHttp));
  EXPECT_FALSE(is_http2(Protocol::kHttp) || is_http(Protocol::kUnset) || is_http(Protocol::kHttps));
  EXPECT_TRUE(is_tcp(Protocol::kTls) && is_tcp(Protocol::kMongo) && is_tls(Protocol::kHttps));
  EXPECT_FALSE(is_tcp(Protocol::kUdp) || is_tcp(Protocol::kUnset) || is_tls(Protocol::kTcp));
  EXPECT_EQ(parse_protocol("Mongo"), Protocol::kMongo);
  EXPECT_EQ(parse_protocol("GRPC-WEB"), Protocol::kGrpcWeb);
  EXPECT_EQ(parse_protocol("quic"), Protocol::kUnset);
}

}  // namespace
}  // namespace amime::mesh
