#include "agent/status/status_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "agent/status/gzip.h"
#include "agent/status/tls_testing.h"
#include "base/http_client.h"
#include "base/http_server.h"
#include "base/metrics.h"

namespace amime::agent {
namespace {

using base::HttpRequest;
using base::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::unique_ptr<base::HttpServer> application(base::HttpHandler handler) {
  return *base::HttpServer::start("127.0.0.1:0", std::move(handler));
}

class StatusServerTest : public testing::Test {
 protected:
  void start(StatusOptions options) {
    options.address = options.address == ":15020" ? "127.0.0.1:0" : options.address;
    options.metrics = &metrics_;
    auto server = StatusServer::start(std::move(options));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  HttpResponse ask(std::string_view path, std::string method = "GET", base::HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.headers = std::move(headers);
    auto answer = base::http_fetch(fmt::format("http://127.0.0.1:{}{}", server_->port(), path), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : HttpResponse{.status = -1};
  }

  base::MetricsRegistry metrics_;
  std::unique_ptr<StatusServer> server_;
};

TEST_F(StatusServerTest, ReadinessIsThatOfItsSource) {
  std::string why = "no listeners yet";
  StatusOptions options;
  options.not_ready = [&why] { return why; };
  start(std::move(options));
  EXPECT_EQ(ask("/healthz/ready").status, 503);
  EXPECT_THAT(ask("/healthz/ready").body, HasSubstr("no listeners yet"));
  why.clear();
  EXPECT_EQ(ask("/healthz/ready").status, 200);
  EXPECT_EQ(ask("/nowhere").status, 404);
}

TEST_F(StatusServerTest, QuitAndDrainAreForPostOnly) {
  std::string called;
  StatusOptions options;
  options.quit = [&called] { called += "quit "; };
  options.drain = [&called] { called += "drain "; };
  start(std::move(options));
  EXPECT_EQ(ask("/quitquitquit").status, 405);
  EXPECT_EQ(ask("/drain", "PUT").status, 405);
  EXPECT_EQ(called, "");
  const auto answer = ask("/drain", "POST");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "OK");
  EXPECT_EQ(ask("/quitquitquit", "POST").body, "OK");
  EXPECT_EQ(called, "drain quit ");
}

TEST_F(StatusServerTest, NamesAreShownWhereThereAreSome) {
  std::string names;
  StatusOptions options;
  options.names_json = [&names] { return names; };
  start(std::move(options));
  EXPECT_EQ(ask("/debug/ndsz").status, 404);
  names = R"({"table":{}})";
  EXPECT_EQ(ask("/debug/ndsz").body, names);
}

TEST_F(StatusServerTest, MetricsOfAgentEnvoyAndApplicationAreOne) {
  std::string asked, accept;
  const auto envoy = application([&](const HttpRequest& request) {
    asked = request.target;
    return base::text_response(200, "envoy_up 1\n");
  });
  const auto app = application([&](const HttpRequest& request) {
    accept = *base::find_header(request.headers, "accept");
    return HttpResponse{
        .status = 200, .headers = {{"Content-Type", "application/openmetrics-text; version=1.0.0"}}, .body = "app_up 1\n# EOF\n"};
  });
  StatusOptions options;
  options.agent_metrics = [] { return "agent_up 1\n"; };
  options.envoy_admin_port = envoy->port();
  options.prometheus_annotations = fmt::format(R"({{"scrape":"true","port":"{}","path":"/app"}})", app->port());
  start(std::move(options));
  const auto answer = ask("/stats/prometheus?usedonly", "GET",
                          {{"Accept", "application/openmetrics-text;version=1.0.0,application/vnd.google.protobuf,*/*;q=0.1"}});
  EXPECT_EQ(answer.body, "agent_up 1\nenvoy_up 1\napp_up 1\n# EOF\n");
  EXPECT_THAT(*base::find_header(answer.headers, "content-type"), HasSubstr("openmetrics-text; version=1.0.0"));
  EXPECT_EQ(asked, "/stats/prometheus?usedonly");
  EXPECT_THAT(accept, testing::AllOf(HasSubstr("openmetrics"), Not(HasSubstr("protobuf"))));
  const auto packed = ask("/metrics", "GET", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(gunzip(packed.body, 1000), "agent_up 1\nenvoy_up 1\napp_up 1\n# EOF\n");
}

TEST_F(StatusServerTest, AnApplicationThatFailsTakesNothingElseWithIt) {
  const auto envoy = application([](const HttpRequest&) { return base::text_response(200, "envoy_up 1\n"); });
  const auto broken = application([](const HttpRequest&) { return base::text_response(500, "oops\n"); });
  const auto big = application([](const HttpRequest&) { return base::text_response(200, std::string((10 << 20) + 1, 'x')); });
  const auto good = application([](const HttpRequest& request) {
    HttpResponse out = base::text_response(200, gzip("good_up 1"));
    EXPECT_EQ(*base::find_header(request.headers, "accept-encoding"), "gzip");
    out.headers.emplace_back("Content-Encoding", "gzip");
    return out;
  });
  StatusOptions options;
  options.envoy_admin_port = envoy->port();
  options.prometheus_annotations = fmt::format(R"({{"targets":[{{"port":"{}"}},{{"port":"{}"}},{{"port":"{}"}},{{"port":"1"}}]}})",
                                               broken->port(), big->port(), good->port());
  start(std::move(options));
  const auto answer = ask("/stats/prometheus");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "envoy_up 1\ngood_up 1\n");
  EXPECT_THAT(metrics_.text(), HasSubstr("istio_agent_scrape_failures_total{type=\"application\"} 3"));
}

TEST_F(StatusServerTest, ASlowApplicationIsGivenTheScrapersTime) {
  const auto app = application([](const HttpRequest&) { return base::text_response(200, "late_up 1\n"); });
  StatusOptions options;
  options.envoy_admin_port = 1;  // nobody there
  options.agent_metrics = [] { return "agent_up 1\n"; };
  options.prometheus_annotations = fmt::format(R"({{"port":"{}"}})", app->port());
  start(std::move(options));
  EXPECT_EQ(ask("/metrics", "GET", {{"X-Prometheus-Scrape-Timeout-Seconds", "5.0"}}).body, "agent_up 1\nlate_up 1\n");
}

TEST_F(StatusServerTest, HttpProbesReachTheApplicationAsKubeletSentThem) {
  HttpRequest seen;
  std::string own_port;
  const auto app = application([&](const HttpRequest& request) {
    seen = request;
    if (request.target == "/sick") return base::text_response(503, std::string(20'000, 'x'));
    if (request.target == "/moved") return HttpResponse{.status = 302, .headers = {{"Location", "/live"}}};
    if (request.target == "/circle") return HttpResponse{.status = 302, .headers = {{"Location", "/circle"}}};
    if (request.target == "/away") return HttpResponse{.status = 302, .headers = {{"Location", "http://example.org/"}}};
    return base::text_response(200, "fine");
  });
  const auto prober = [&](const char* path) {
    return fmt::format(R"({{"httpGet":{{"path":"{}","port":{},"httpHeaders":[{{"name":"X-From-Spec","value":"1"}}]}},"timeoutSeconds":5}})",
                       path, app->port());
  };
  StatusOptions options;
  options.app_probers = fmt::format(
      R"({{"/app-health/app/livez":{},"/app-health/app/readyz":{},"/app-health/b/livez":{},"/app-health/c/livez":{},"/app-lifecycle/app/prestopz":{}}})",
      prober("/live"), prober("sick"), prober("/moved"), prober("/circle"), prober("/away"));
  start(std::move(options));
  const auto live = ask("/app-health/app/livez", "GET",
                        {{"User-Agent", "kube-probe/1.34"}, {"X-Mine", "2"}, {"Host", fmt::format("10.0.0.7:{}", server_->port())}});
  EXPECT_EQ(live.status, 200);
  EXPECT_EQ(live.body, "fine");
  EXPECT_EQ(seen.peer, "127.0.0.6") << "or interception would take it for a call from outside";
  EXPECT_EQ(*base::find_header(seen.headers, "user-agent"), "kube-probe/1.34");
  EXPECT_EQ(*base::find_header(seen.headers, "x-mine"), "2");
  EXPECT_EQ(*base::find_header(seen.headers, "x-from-spec"), "1");
  EXPECT_EQ(*base::find_header(seen.headers, "host"), fmt::format("10.0.0.7:{}", app->port()));
  EXPECT_EQ(ask("/app-health/app/readyz").status, 503);
  EXPECT_EQ(ask("/app-health/app/readyz").body.size(), 10u << 10);
  EXPECT_EQ(ask("/app-health/b/livez").status, 200) << "redirects to itself are followed";
  EXPECT_EQ(ask("/app-health/c/livez").status, 500);
  EXPECT_EQ(ask("/app-lifecycle/app/prestopz").status, 200) << "redirects elsewhere are not";
  EXPECT_EQ(ask("/app-health/nobody/livez").status, 400);
}

TEST_F(StatusServerTest, HttpsProbesDoNotVerify) {
  const TlsTestServer app("secretly fine");
  StatusOptions options;
  options.app_probers = fmt::format(R"({{"/app-health/app/livez":{{"httpGet":{{"path":"/","port":{},"scheme":"HTTPS"}}}}}})", app.port());
  start(std::move(options));
  const auto answer = ask("/app-health/app/livez");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "secretly fine");
}

TEST_F(StatusServerTest, TcpProbesConnect) {
  auto app = application([](const HttpRequest&) { return base::text_response(200, ""); });
  StatusOptions options;
  options.app_probers = fmt::format(R"({{"/app-health/app/livez":{{"tcpSocket":{{"port":{}}}}}}})", app->port());
  start(std::move(options));
  EXPECT_EQ(ask("/app-health/app/livez").status, 200);
  app.reset();
  EXPECT_EQ(ask("/app-health/app/livez").status, 500);
}

TEST_F(StatusServerTest, GrpcProbesAskTheHealthService) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  grpc::CallbackGenericService nothing;  // a server wants one of its own beside the health service
  builder.RegisterCallbackGenericService(&nothing);
  const auto server = builder.BuildAndStart();
  server->GetHealthCheckService()->SetServingStatus("shop", true);
  server->GetHealthCheckService()->SetServingStatus("closed", false);
  const auto prober = [&](const char* service) {
    return fmt::format(R"({{"grpc":{{"port":{},"service":"{}"}},"timeoutSeconds":5}})", port, service);
  };
  StatusOptions options;
  options.app_probers =
      fmt::format(R"({{"/app-health/a/livez":{},"/app-health/b/livez":{},"/app-health/c/livez":{},"/app-health/d/livez":{}}})", prober(""),
                  prober("shop"), prober("closed"), prober("unknown"));
  start(std::move(options));
  EXPECT_EQ(ask("/app-health/a/livez").status, 200);
  EXPECT_EQ(ask("/app-health/b/livez").status, 200);
  EXPECT_EQ(ask("/app-health/c/livez").status, 500);
  EXPECT_EQ(ask("/app-health/d/livez").status, 500);
  server->Shutdown();
  EXPECT_EQ(ask("/app-health/a/livez").status, 500);
  grpc::EnableDefaultHealthCheckService(false);
}

TEST(StatusOptionsTest, WhatCannotBeReadIsRefused) {
  const auto refused = [](const char* annotations, const char* probers) {
    StatusOptions options;
    options.address = "127.0.0.1:0";
    options.prometheus_annotations = annotations;
    options.app_probers = probers;
    return absl::IsInvalidArgument(StatusServer::start(std::move(options)).status());
  };
  EXPECT_TRUE(refused("{", ""));
  EXPECT_TRUE(refused(R"({"port":"http"})", ""));
  EXPECT_TRUE(refused(R"({"port":"015020"})", "")) << "a circle";
  EXPECT_FALSE(refused(R"({"scrape":"false","port":"http"})", ""));
  EXPECT_TRUE(refused("", "[]"));
  EXPECT_TRUE(refused("", R"({"/app-health/a/otherz":{"tcpSocket":{"port":1}}})"));
  EXPECT_TRUE(refused("", R"({"/app-health/a/livez":{"tcpSocket":{"port":"http"}}})"));
  EXPECT_TRUE(refused("", R"({"/app-health/a/livez":{"tcpSocket":{"port":1},"grpc":{"port":1}}})"));
  EXPECT_TRUE(refused("", R"({"/app-health/a/livez":{"exec":{}}})"));
}

}  // namespace
}  // namespace amime::agent
