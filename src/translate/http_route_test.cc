// Fields of VirtualService.http, one by one, through the rule that translates them.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/filters/http/cors/v3/cors.pb.h"
#include "envoy/extensions/filters/http/fault/v3/fault.pb.h"
#include "translate/route_table.h"
#include "translate/route_testing.h"

namespace amime::translate {
namespace {

using envoy::config::core::v3::HeaderValueOption;
using envoy::config::route::v3::RedirectAction;
using envoy::config::route::v3::Route;
using envoy::config::route::v3::VirtualHost;
using mesh::testing::destination_rule;
using mesh::testing::service;
using mesh::testing::virtual_service;
using ::testing::ElementsAre;
using testing::RouteWorld;

// The table of port 9080 with services a, b and multi (two ports), and one VirtualService of a with these `http` routes.
class HttpRoute : public ::testing::Test {
 protected:
  void translate(const std::string& http, std::vector<mesh::ObjectPtr> more = {}, mesh::Labels labels = {}) {
    more.push_back(service("default", "a", "10.96.0.1", {"http:9080"}));
    more.push_back(service("default", "b", "10.96.0.2", {"http:9080"}));
    more.push_back(service("default", "multi", "10.96.0.3", {"http:9080", "http-admin:9090"}));
    more.push_back(virtual_service("default", "vs", R"({"hosts":["a"],"http":)" + http + "}"));
    world_ = std::make_unique<RouteWorld>(more, mesh::testing::proxy("default", "client", "10.9.9.9", std::move(labels)));
    world_->run_all(route_table_key(0, "9080"));
    host_ = world_->message<VirtualHost>(Type::kVirtualHost, kName);
  }
  const Route& route(int i = 0) const {
    static const Route none;
    EXPECT_LT(i, host_.routes_size());
    return i < host_.routes_size() ? host_.routes(i) : none;
  }
  std::vector<std::string> clusters() const { return world_->find(Type::kVirtualHost, kName)->refs; }

  static constexpr auto kName = "9080/a.default.svc.cluster.local:9080";
  std::unique_ptr<RouteWorld> world_;
  VirtualHost host_;
};

std::string to(const std::string& host, const std::string& rest = "") { return R"({"destination":{"host":")" + host + "\"" + rest + "}}"; }

TEST_F(HttpRoute, NamesMetadataAndOperation) {
  translate(R"([{"name":"r","match":[{"name":"m","uri":{"prefix":"/x"},"statPrefix":"s"}],"route":[)" + to("b") + "]}]");
  EXPECT_EQ(route().name(), "r.m");
  EXPECT_EQ(route().stat_prefix(), "s");
  EXPECT_EQ(route().metadata().filter_metadata().at("istio").fields().at("config").string_value(),
            "/apis/networking.istio.io/v1/namespaces/default/virtual-service/vs");
  EXPECT_EQ(route().decorator().operation(), "b.default.svc.cluster.local:9080/x*");
}

TEST_F(HttpRoute, NothingFollowsARouteThatMatchesEverything) {
  translate(R"([{"match":[{"uri":{"prefix":"/"}},{"uri":{"exact":"/late"}}],"route":[)" + to("a") + R"(]},{"route":[)" + to("b") + "]}]");
  EXPECT_EQ(host_.routes_size(), 1);
}

TEST_F(HttpRoute, PathMatches) {
  translate(R"([{"match":[{"uri":{"exact":"/e"}},{"uri":{"prefix":"/p"},"ignoreUriCase":true},{"uri":{"regex":"/r.*"}}],"route":[)" +
            to("a") + "]}]");
  EXPECT_EQ(route(0).match().path(), "/e");
  EXPECT_TRUE(route(0).match().case_sensitive().value());
  EXPECT_EQ(route(1).match().prefix(), "/p");
  EXPECT_FALSE(route(1).match().case_sensitive().value());
  EXPECT_EQ(route(2).match().safe_regex().regex(), "/r.*");
}

TEST_F(HttpRoute, HeaderMatches) {
  translate(R"([{"match":[{"headers":{"x-b":{"exact":"1"},"x-a":{},"x-c":{"regex":"*"},"x-p":{"prefix":"p-"}},
      "withoutHeaders":{"x-d":{"exact":"no"},"x-e":{}},"method":{"exact":"GET"},"authority":{"prefix":"a."},"scheme":{"exact":"http"}}],
      "route":[)" +
            to("a") + "]}]");
  const auto& headers = route().match().headers();
  std::vector<std::string> names;
  for (const auto& header : headers) names.push_back(header.name());
  EXPECT_THAT(names, ElementsAre("x-a", "x-b", "x-c", "x-d", "x-e", "x-p", ":method", ":authority", ":scheme"));
  EXPECT_TRUE(headers[0].present_match());
  EXPECT_EQ(headers[1].string_match().exact(), "1");
  EXPECT_TRUE(headers[2].present_match());
  EXPECT_TRUE(headers[3].invert_match());
  EXPECT_TRUE(headers[3].treat_missing_header_as_empty());
  EXPECT_TRUE(headers[4].invert_match());
  EXPECT_FALSE(headers[4].treat_missing_header_as_empty());
  EXPECT_EQ(headers[5].string_match().prefix(), "p-");
}

TEST_F(HttpRoute, QueryMatches) {
  translate(R"([{"match":[{"queryParams":{"b":{"exact":"1"},"a":{"regex":"x+"},"c":{}}}],"route":[)" + to("a") + "]}]");
  const auto& params = route().match().query_parameters();
  EXPECT_EQ(params[0].name(), "a");
  EXPECT_EQ(params[0].string_match().safe_regex().regex(), "x+");
  EXPECT_EQ(params[1].string_match().exact(), "1");
  EXPECT_TRUE(params[2].present_match());
}

TEST_F(HttpRoute, ClaimsAreNotedAndMatchMetadata) {
  translate(R"([{"match":[{"headers":{"@request.auth.claims.group.id":{"exact":"g"}}}],"route":[)" + to("a") + "]}]");
  const auto& claim = route().match().dynamic_metadata(0);
  EXPECT_EQ(claim.path(1).key(), "group");
  EXPECT_EQ(claim.path(2).key(), "id");
  EXPECT_TRUE(world_->noted("not-honoured", "spec.http[0].match[0].headers"));
}

TEST_F(HttpRoute, MatchesForOtherClientsAreLeftOut) {
  translate(R"([{"match":[{"port":1},{"sourceLabels":{"app":"x"}},{"sourceNamespace":"x"},{"gateways":["ns/gw"]},
      {"port":9080,"sourceLabels":{"app":"me"},"sourceNamespace":"default","name":"mine"}],"route":[)" +
                to("a") + "]}]",
            {}, {{"app", "me"}, {"version", "1"}});
  ASSERT_EQ(host_.routes_size(), 1);
  EXPECT_EQ(route().name(), ".mine");
}

// As Istio: a match that names gateways does not look at the source.
TEST_F(HttpRoute, GatewaysOfAMatchHideItsSourceLabels) {
  translate(R"([{"match":[{"gateways":["mesh"],"sourceLabels":{"app":"x"}}],"route":[)" + to("a") + "]}]");
  EXPECT_EQ(route().route().cluster(), "outbound|9080||a.default.svc.cluster.local");
}

TEST_F(HttpRoute, WeightsSkipZero) {
  translate(
      R"([{"route":[{"destination":{"host":"a"},"weight":90},{"destination":{"host":"b"},"weight":10},{"destination":{"host":"multi"},"weight":0}]}])");
  const auto& clusters = route().route().weighted_clusters().clusters();
  ASSERT_EQ(clusters.size(), 2);
  EXPECT_EQ(clusters[0].weight().value(), 90u);
  EXPECT_EQ(clusters[1].name(), "outbound|9080||b.default.svc.cluster.local");
  EXPECT_EQ(route().decorator().operation(), "vs:9080/*");
}

TEST_F(HttpRoute, NoWeightAtAllIsNoted) {
  translate(R"([{"route":[{"destination":{"host":"a"}},{"destination":{"host":"b"}}]}])");
  EXPECT_TRUE(world_->noted("not-honoured", "spec.http[0].route"));
  EXPECT_EQ(route().name(), "default");  // the VirtualService has no other route, so it does not apply
}

TEST_F(HttpRoute, SubsetAndPort) {
  translate(R"([{"route":[)" + to("multi", R"(,"subset":"v1","port":{"number":9090})") + "]}]",
            {destination_rule("default", "dr", R"({"host":"multi","subsets":[{"name":"v1"}]})")});
  EXPECT_EQ(route().route().cluster(), "outbound|9090|v1|multi.default.svc.cluster.local");
  EXPECT_TRUE(world_->notes().empty());
}

TEST_F(HttpRoute, DanglingDestinationsKeepTheirClusters) {
  translate(R"([{"match":[{"uri":{"exact":"/1"}}],"route":[)" + to("gone") + R"(]},{"match":[{"uri":{"exact":"/2"}}],"route":[)" +
            to("b", R"(,"subset":"v9")") + R"(]},{"route":[)" + to("b", R"(,"port":{"number":1})") + "]}]");
  EXPECT_EQ(route(0).route().cluster(), "outbound|9080||gone.default.svc.cluster.local");
  EXPECT_EQ(route(1).route().cluster(), "outbound|9080|v9|b.default.svc.cluster.local");
  EXPECT_TRUE(world_->noted("dangling", "spec.http[0].route[0].destination.host"));
  EXPECT_TRUE(world_->noted("dangling", "spec.http[1].route[0].destination.subset"));
  EXPECT_TRUE(world_->noted("dangling", "spec.http[2].route[0].destination.port"));
  EXPECT_THAT(clusters(), ElementsAre("outbound|1||b.default.svc.cluster.local", "outbound|9080|v9|b.default.svc.cluster.local",
                                      "outbound|9080||gone.default.svc.cluster.local"));
}

TEST_F(HttpRoute, HeaderOperations) {
  translate(
      R"([{"headers":{"request":{"set":{"x-b":"1","x-a":"2","Host":"set.example"},"add":{"x-c":"3","host":"add.example"},"remove":["cookie","host"]},
      "response":{"set":{"x-r":"4"},"remove":["server"]}},
      "route":[{"destination":{"host":"a"},"headers":{"request":{"set":{"x-d":"5",":authority":"late.example"}}}}]}])");
  std::vector<std::string> added;
  for (const auto& header : route().request_headers_to_add()) added.push_back(header.header().key());
  EXPECT_THAT(added, ElementsAre("x-a", "x-b", "x-c", "x-d"));
  EXPECT_EQ(route().request_headers_to_add(0).append_action(), HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
  EXPECT_EQ(route().request_headers_to_add(2).append_action(), HeaderValueOption::APPEND_IF_EXISTS_OR_ADD);
  EXPECT_THAT(route().request_headers_to_remove(), ElementsAre("cookie"));
  EXPECT_THAT(route().response_headers_to_remove(), ElementsAre("server"));
  EXPECT_EQ(route().route().host_rewrite_literal(), "set.example");
  EXPECT_TRUE(world_->noted("not-honoured", "spec.http[0].headers.request.remove"));
}

TEST_F(HttpRoute, HeadersOfWeightedDestinationsStandWithTheirCluster) {
  translate(
      R"([{"route":[{"destination":{"host":"a"},"weight":1,"headers":{"request":{"set":{"host":"x","x-a":"1"}},"response":{"add":{"x-r":"1"}}}},
      {"destination":{"host":"b"},"weight":1}]}])");
  const auto& cluster = route().route().weighted_clusters().clusters(0);
  EXPECT_EQ(cluster.host_rewrite_literal(), "x");
  EXPECT_EQ(cluster.request_headers_to_add(0).header().key(), "x-a");
  EXPECT_EQ(cluster.response_headers_to_add(0).header().key(), "x-r");
}

TEST_F(HttpRoute, Rewrites) {
  translate(R"([{"match":[{"uri":{"prefix":"/old"}}],"rewrite":{"uri":"/new","authority":"b.example"},"route":[)" + to("a") +
            R"x(]},{"rewrite":{"uriRegexRewrite":{"match":"/u/([0-9]+)","rewrite":"/users/\\1"}},"route":[)x" + to("a") + "]}]");
  EXPECT_EQ(route(0).route().prefix_rewrite(), "/new");
  EXPECT_EQ(route(0).route().host_rewrite_literal(), "b.example");
  EXPECT_EQ(route(1).route().regex_rewrite().pattern().regex(), "/u/([0-9]+)");
  EXPECT_EQ(route(1).route().regex_rewrite().substitution(), "/users/\\1");
}

TEST_F(HttpRoute, Redirects) {
  translate(
      R"([{"match":[{"uri":{"exact":"/1"}}],"redirect":{"uri":"/new","redirectCode":302,"port":8443,"scheme":"https","authority":"x"}},
      {"match":[{"uri":{"exact":"/2"}}],"redirect":{"derivePort":"FROM_REQUEST_PORT"}},
      {"match":[{"uri":{"exact":"/3"}}],"redirect":{"port":80}},
      {"match":[{"uri":{"exact":"/4"}}],"redirect":{"uri":"/x","redirectCode":300}}])");
  ASSERT_EQ(host_.routes_size(), 3);
  const auto& first = route(0).redirect();
  EXPECT_EQ(first.response_code(), RedirectAction::FOUND);
  EXPECT_EQ(first.path_redirect(), "/new");
  EXPECT_EQ(first.host_redirect(), "x");
  EXPECT_EQ(first.scheme_redirect(), "https");
  EXPECT_EQ(first.port_redirect(), 8443u);
  EXPECT_EQ(route(1).redirect().port_redirect(), 9080u);
  EXPECT_EQ(route(2).redirect().port_redirect(), 0u);
  EXPECT_TRUE(world_->noted("not-honoured", "spec.http[3].redirect.redirectCode"));
}

TEST_F(HttpRoute, DirectResponses) {
  translate(R"([{"match":[{"uri":{"exact":"/1"}}],"directResponse":{"status":418,"body":{"string":"tea"}}},
      {"directResponse":{"status":503,"body":{"bytes":"AAE="}}}])");
  EXPECT_EQ(route(0).direct_response().status(), 418u);
  EXPECT_EQ(route(0).direct_response().body().inline_string(), "tea");
  EXPECT_EQ(route(1).direct_response().body().inline_bytes(), std::string("\0\1", 2));
}

TEST_F(HttpRoute, TimeoutBoundsGrpcToo) {
  translate(R"([{"timeout":"1.500s","route":[)" + to("a") + "]}]");
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(route().route(), &json).ok());
  EXPECT_THAT(json, ::testing::HasSubstr(R"("timeout":"1.500s")"));
  EXPECT_THAT(json, ::testing::HasSubstr(R"("maxGrpcTimeout":"1.500s")"));
}

TEST_F(HttpRoute, DefaultRetries) {
  translate(R"([{"route":[)" + to("a") + "]}]");
  const auto& retries = route().route().retry_policy();
  EXPECT_EQ(retries.retry_on(), "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes");
  EXPECT_EQ(retries.num_retries().value(), 2u);
  EXPECT_EQ(retries.host_selection_retry_max_attempts(), 5);
  EXPECT_EQ(retries.retry_host_predicate(0).name(), "envoy.retry_host_predicates.previous_hosts");
}

TEST_F(HttpRoute, RetriesOfTheRoute) {
  translate(
      R"([{"retries":{"attempts":3,"perTryTimeout":"2s","retryOn":"503, reset,bad-gateway","backoff":"0.010s","retryRemoteLocalities":true,
      "retryIgnorePreviousHosts":false},"route":[)" +
      to("a") + "]}]");
  const auto& retries = route().route().retry_policy();
  EXPECT_EQ(retries.num_retries().value(), 3u);
  EXPECT_EQ(retries.retry_on(), "reset,bad-gateway,retriable-status-codes");
  EXPECT_THAT(retries.retriable_status_codes(), ElementsAre(503u));
  EXPECT_EQ(retries.per_try_timeout().seconds(), 2);
  EXPECT_EQ(retries.retry_back_off().base_interval().nanos(), 10'000'000);
  EXPECT_TRUE(retries.retry_host_predicate().empty());
  EXPECT_EQ(retries.retry_priority().name(), "envoy.retry_priorities.previous_priorities");
}

TEST_F(HttpRoute, ZeroAttemptsAreNone) {
  translate(R"([{"retries":{"attempts":0},"route":[)" + to("a") + "]}]");
  EXPECT_FALSE(route().route().has_retry_policy());
}

TEST_F(HttpRoute, TheMeshsDefaultRetries) {
  translate(R"([{"route":[)" + to("a") + "]}]",
            {mesh::testing::mesh_config(R"({"defaultHttpRetryPolicy":{"attempts":7,"retryOn":"reset"}})")});
  EXPECT_EQ(route().route().retry_policy().num_retries().value(), 7u);
  EXPECT_EQ(route().route().retry_policy().retry_on(), "reset");
}

TEST_F(HttpRoute, Faults) {
  translate(
      R"([{"match":[{"uri":{"exact":"/1"}}],"fault":{"delay":{"fixedDelay":"2s","percentage":{"value":0.5}},"abort":{"httpStatus":555,"percentage":{"value":100}}},
      "route":[)" +
      to("a") + R"(]},{"match":[{"uri":{"exact":"/2"}}],"fault":{"abort":{"grpcStatus":"UNAVAILABLE"}},"route":[)" + to("a") +
      R"(]},{"fault":{"delay":{"exponentialDelay":"1s"}},"route":[)" + to("a") + "]}]");
  envoy::extensions::filters::http::fault::v3::HTTPFault fault;
  ASSERT_TRUE(route(0).typed_per_filter_config().at("envoy.filters.http.fault").UnpackTo(&fault));
  EXPECT_EQ(fault.delay().fixed_delay().seconds(), 2);
  EXPECT_EQ(fault.delay().percentage().numerator(), 5000u);
  EXPECT_EQ(fault.abort().http_status(), 555u);
  EXPECT_EQ(fault.abort().percentage().numerator(), 1'000'000u);
  ASSERT_TRUE(route(1).typed_per_filter_config().at("envoy.filters.http.fault").UnpackTo(&fault));
  EXPECT_EQ(fault.abort().grpc_status(), 14u);
  EXPECT_FALSE(fault.abort().has_percentage());
  EXPECT_FALSE(route(2).typed_per_filter_config().contains("envoy.filters.http.fault"));
  EXPECT_TRUE(world_->noted("not-honoured", "spec.http[2].fault.delay"));
}

TEST_F(HttpRoute, Mirrors) {
  translate(R"([{"match":[{"uri":{"exact":"/1"}}],"route":[)" + to("a") + R"(],"mirror":{"host":"b"},"mirrorPercentage":{"value":12.5}},
      {"match":[{"uri":{"exact":"/2"}}],"route":[)" +
            to("a") + R"(],"mirror":{"host":"b"},"mirrorPercentage":{"value":0}},
      {"route":[)" +
            to("a") + R"(],"mirrors":[{"destination":{"host":"b"}},{"destination":{"host":"multi"},"percentage":{"value":1}}]}])");
  const auto& first = route(0).route().request_mirror_policies(0);
  EXPECT_EQ(first.cluster(), "outbound|9080||b.default.svc.cluster.local");
  EXPECT_EQ(first.runtime_fraction().default_value().numerator(), 125'000u);
  EXPECT_TRUE(first.disable_shadow_host_suffix_append());
  EXPECT_TRUE(route(1).route().request_mirror_policies().empty());
  ASSERT_EQ(route(2).route().request_mirror_policies_size(), 2);
  EXPECT_EQ(route(2).route().request_mirror_policies(0).runtime_fraction().default_value().numerator(), 100u);
}

TEST_F(HttpRoute, Cors) {
  translate(
      R"([{"corsPolicy":{"allowOrigins":[{"exact":"https://x"},{"regex":"https://.*"}],"allowMethods":["GET","PUT"],"allowHeaders":["x-a"],
      "exposeHeaders":["x-b","x-c"],"maxAge":"86400s","allowCredentials":true,"unmatchedPreflights":"IGNORE"},"route":[)" +
      to("a") + "]}]");
  envoy::extensions::filters::http::cors::v3::CorsPolicy cors;
  ASSERT_TRUE(route().typed_per_filter_config().at("envoy.filters.http.cors").UnpackTo(&cors));
  EXPECT_EQ(cors.allow_origin_string_match(0).exact(), "https://x");
  EXPECT_EQ(cors.allow_methods(), "GET,PUT");
  EXPECT_EQ(cors.expose_headers(), "x-b,x-c");
  EXPECT_EQ(cors.max_age(), "86400");
  EXPECT_TRUE(cors.allow_credentials().value());
  EXPECT_FALSE(cors.forward_not_matching_preflights().value());
  EXPECT_EQ(cors.filter_enabled().default_value().numerator(), 100u);
}

TEST_F(HttpRoute, ConsistentHashOfTheDestination) {
  translate(R"([{"route":[)" + to("b", R"(,"subset":"v1")") + "]}]",
            {destination_rule("default", "dr", R"({"host":"b","trafficPolicy":{"loadBalancer":{"consistentHash":{"useSourceIp":true}}},
               "subsets":[{"name":"v1","trafficPolicy":{"loadBalancer":{"consistentHash":{"httpCookie":{"name":"c","ttl":"60s","path":"/p"}}}}}]})")});
  ASSERT_EQ(route().route().hash_policy_size(), 1);
  EXPECT_EQ(route().route().hash_policy(0).cookie().name(), "c");
  EXPECT_EQ(route().route().hash_policy(0).cookie().ttl().seconds(), 60);
  EXPECT_TRUE(route().route().retry_policy().retry_host_predicate().empty());
}

TEST_F(HttpRoute, ConsistentHashOfAPortNeedsThePortInTheRoute) {
  const auto rule = destination_rule("default", "dr", R"({"host":"multi","trafficPolicy":{"portLevelSettings":[{"port":{"number":9090},
      "loadBalancer":{"consistentHash":{"httpHeaderName":"x-user"}}}]}})");
  translate(R"([{"route":[)" + to("multi", R"(,"port":{"number":9090})") + "]}]", {rule});
  EXPECT_EQ(route().route().hash_policy(0).header().header_name(), "x-user");
  translate(R"([{"route":[)" + to("multi") + "]}]", {rule});
  EXPECT_TRUE(route().route().hash_policy().empty());
}

TEST_F(HttpRoute, ConsistentHashOfAServiceWithoutVirtualService) {
  translate("[]", {destination_rule("default", "dr",
                                    R"({"host":"a","trafficPolicy":{"loadBalancer":{"consistentHash":{"httpQueryParameterName":"q"}}}})")});
  EXPECT_EQ(route().route().hash_policy(0).query_parameter().name(), "q");
}

TEST_F(HttpRoute, Delegates) {
  translate(
      R"([{"name":"root","match":[{"uri":{"prefix":"/r"}}],"timeout":"3s","delegate":{"name":"d"}},
      {"delegate":{"name":"gone"}},{"route":[)" +
          to("a") + "]}]",
      {virtual_service("default", "d", R"({"http":[{"name":"one","match":[{"uri":{"exact":"/r/1"}}],"route":[{"destination":{"host":"b"}}]},
               {"match":[{"uri":{"prefix":"/other"}}],"route":[{"destination":{"host":"b"}}]},{"route":[{"destination":{"host":"multi"}}]}]})")});
  ASSERT_EQ(host_.routes_size(), 3);
  EXPECT_EQ(route(0).name(), "root-one");
  EXPECT_EQ(route(0).match().path(), "/r/1");
  EXPECT_EQ(route(0).route().timeout().seconds(), 3);
  EXPECT_EQ(route(1).match().prefix(), "/r");
  EXPECT_EQ(route(1).route().cluster(), "outbound|9080||multi.default.svc.cluster.local");
  EXPECT_EQ(route(2).route().cluster(), "outbound|9080||a.default.svc.cluster.local");
  EXPECT_TRUE(world_->noted("conflict", "spec.http[1].match"));
  EXPECT_TRUE(world_->noted("dangling", "spec.http[1].delegate"));
}

TEST_F(HttpRoute, ADelegateOfAnotherNamespaceHasItsOwnShortNames) {
  translate(R"([{"delegate":{"name":"d","namespace":"other"}}])",
            {service("other", "b", "10.96.1.1", {"http:9080"}),
             virtual_service("other", "d", R"({"exportTo":["*"],"http":[{"route":[{"destination":{"host":"b"}}]}]})")});
  EXPECT_EQ(route().route().cluster(), "outbound|9080||b.other.svc.cluster.local");
}

TEST_F(HttpRoute, ADelegateThatIsNotExportedIsLeftOut) {
  translate(R"([{"delegate":{"name":"d","namespace":"other"}}])",
            {virtual_service("other", "d", R"({"exportTo":["."],"http":[{"route":[{"destination":{"host":"b"}}]}]})")});
  EXPECT_EQ(route().name(), "default");
  EXPECT_TRUE(world_->noted("dangling", "spec.http[0].delegate"));
}

}  // namespace
}  // namespace amime::translate
