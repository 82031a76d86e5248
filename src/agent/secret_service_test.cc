#include "agent/secret_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace amime::agent {
namespace {

namespace xds = envoy::service::discovery::v3;
namespace tls = envoy::extensions::transport_sockets::tls::v3;
using namespace std::chrono_literals;

struct PlayedSecretClient final : Link {
  void send(std::string message) override { got.push_back(std::move(message)); }
  void close(const absl::Status& status) override { closed = status; }
  template <class Response>
  Response next() {
    Response out;
    EXPECT_FALSE(got.empty());
    if (got.empty()) return out;
    EXPECT_TRUE(out.ParseFromString(got.front()));
    got.erase(got.begin());
    return out;
  }
  std::vector<std::string> got;
  absl::Status closed;
};

class SecretServiceTest : public testing::Test {
 protected:
  void ask(const std::vector<std::string>& names, const std::string& nonce = "") {
    xds::DiscoveryRequest request;
    for (const auto& name : names) request.add_resource_names(name);
    request.set_response_nonce(nonce);
    sotw->on_message(request.SerializeAsString());
  }
  void subscribe(const std::string& name, const std::string& version = "") {
    xds::DeltaDiscoveryRequest request;
    request.add_resource_names_subscribe(name);
    if (!version.empty()) (*request.mutable_initial_resource_versions())[name] = version;
    delta->on_message(request.SerializeAsString());
  }
  static tls::Secret unpack(const google::protobuf::Any& any) {
    tls::Secret out;
    EXPECT_TRUE(any.UnpackTo(&out));
    return out;
  }
  Loop loop;
  Secrets secrets{loop};
  SecretService service{secrets};
  PlayedSecretClient link, delta_link;
  std::unique_ptr<Session> sotw = service.open(link, false), delta = service.open(delta_link, true);
};

TEST_F(SecretServiceTest, AnswersWhenTheCertificateIsThereAndPushesTheNext) {
  ask({"default"});
  EXPECT_TRUE(link.got.empty());
  secrets.set_own(identity::Secret("key"), "chain", "roots");
  auto response = link.next<xds::DiscoveryResponse>();
  auto secret = unpack(response.resources(0));
  EXPECT_EQ(secret.name(), "default");
  EXPECT_EQ(secret.tls_certificate().private_key().inline_bytes(), "key");
  EXPECT_EQ(secret.tls_certificate().certificate_chain().inline_bytes(), "chain");
  ask({"default"}, response.nonce());
  EXPECT_TRUE(link.got.empty());
  secrets.set_own(identity::Secret("key2"), "chain2", "roots");
  const auto second = link.next<xds::DiscoveryResponse>();
  EXPECT_NE(second.version_info(), response.version_info());
}

TEST_F(SecretServiceTest, RootsArePushedOnlyWhenTheyChange) {
  secrets.set_own(identity::Secret("key"), "chain", "roots");
  subscribe("ROOTCA");
  const auto first = delta_link.next<xds::DeltaDiscoveryResponse>();
  EXPECT_EQ(unpack(first.resources(0).resource()).validation_context().trusted_ca().inline_bytes(), "roots");
  secrets.set_own(identity::Secret("key2"), "chain2", "roots");
  EXPECT_TRUE(delta_link.got.empty());
  secrets.set_own(identity::Secret("key3"), "chain3", "more roots");
  EXPECT_NE(delta_link.next<xds::DeltaDiscoveryResponse>().resources(0).version(), first.resources(0).version());
}

TEST_F(SecretServiceTest, WhatEnvoyHasIsNotSentAgain) {
  secrets.set_own(identity::Secret("key"), "chain", "roots");
  subscribe("default", secrets.get("default")->version);
  EXPECT_TRUE(delta_link.got.empty());
}

TEST_F(SecretServiceTest, FilesAreServedAndWatched) {
  const std::string dir = std::filesystem::temp_directory_path() / ("amime-files-" + std::to_string(getpid()));
  std::filesystem::create_directories(dir);
  const auto name = "file-cert:" + dir + "/c.pem~" + dir + "/k.pem";
  subscribe(name);
  EXPECT_TRUE(delta_link.got.empty());
  std::ofstream(dir + "/c.pem") << "chain";
  std::ofstream(dir + "/k.pem") << "key";
  ASSERT_TRUE(loop.run_until([&] { return !delta_link.got.empty(); }, 5s));
  const auto secret = unpack(delta_link.next<xds::DeltaDiscoveryResponse>().resources(0).resource());
  EXPECT_EQ(secret.name(), name);
  EXPECT_EQ(secret.tls_certificate().private_key().inline_bytes(), "key");
  std::ofstream(dir + "/c.pem") << "chain2";
  EXPECT_TRUE(loop.run_until([&] { return !delta_link.got.empty(); }, 5s));
  std::filesystem::remove_all(dir);
}

TEST_F(SecretServiceTest, NonsenseEndsTheStreamAndUnknownNamesStayUnanswered) {
  subscribe("kubernetes://nothing");
  EXPECT_TRUE(delta_link.got.empty());
  sotw->on_message("\xff\xff");
  EXPECT_TRUE(absl::IsInvalidArgument(link.closed));
}

}  // namespace
}  // namespace amime::agent
