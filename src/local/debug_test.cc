// The views of the monitoring port, each as a function; monitoring itself over a control plane without proxies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "envoy/config/cluster/v3/cluster.pb.h"
#include "envoy/config/route/v3/route.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "local/config_dump.h"
#include "local/debug_config.h"
#include "local/debug_streams.h"
#include "local/monitoring.h"
#include "local/note_log.h"
#include "mesh/testing.h"
#include "source/parse.h"

namespace amime::local {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using namespace mesh::testing;
using translate::Type;

const char* kReviews = R"({"hosts":["reviews"],"http":[{"route":[{"destination":{"host":"reviews"}}]}]})";

json find(const json& entries, const std::string& kind, const std::string& name) {
  for (const auto& entry : entries)
    if (entry["kind"] == kind && entry["metadata"].value("name", "") == name) return entry;
  return nullptr;
}

TEST(Configz, ShowsIstiosObjectsAndWhatIsWrong) {
  const auto mesh = mesh_of({virtual_service("default", "reviews", kReviews), secret("default", "c", {{"tls.key", "hush"}}),
                             service("default", "reviews", "10.0.0.1", {"http:80"})});
  auto status = std::make_shared<source::SourceStatus>();
  const mesh::ObjectKey reviews{mesh::Kind::kVirtualService, "default", "reviews"}, bad{mesh::Kind::kGateway, "default", "bad"};
  status->problems = {{source::Severity::kError, "r.yaml", 9, reviews, "spec.http[0].tiemout", "unknown field"},
                      {source::Severity::kError, "g.yaml", 1, bad, "spec", "missing"},
                      {source::Severity::kError, "x.yaml", 3, {}, "", "not YAML"}};
  status->held = {{reviews, "r.yaml", "r.yaml:1 has errors"}};
  const auto text = configz(&mesh, {status}, {{reviews, "not-honoured", "spec.http[0].retries", "later"}});
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  const auto entries = json::parse(text);
  const auto shown = find(entries, "VirtualService", "reviews");
  EXPECT_EQ(shown["spec"]["hosts"][0], "reviews");
  EXPECT_EQ(shown["amime"]["inForce"], true);
  EXPECT_EQ(shown["amime"]["lastGood"], true);
  EXPECT_EQ(shown["amime"]["problems"][0]["field"], "spec.http[0].tiemout");
  EXPECT_EQ(shown["amime"]["notes"][0]["code"], "not-honoured");
  EXPECT_EQ(find(entries, "Gateway", "bad")["amime"]["inForce"], false);
  EXPECT_EQ(find(entries, "Service", "reviews"), nullptr);
  EXPECT_EQ(entries.back()["amime"]["file"], "x.yaml");
  EXPECT_EQ(configz(nullptr, {}, {}), "[]\n");
}

TEST(Endpointz, ShowsEndpointsPerHostAndNamespace) {
  const auto mesh = mesh_of({service("default", "reviews", "10.0.0.1", {"http:80"}, {{"app", "reviews"}}),
                             endpoint_slice("default", "reviews-1", "reviews", {"http:8080"}, {endpoint("10.1.0.1", "pod-1")}),
                             pod("default", "pod-1", "10.1.0.1", {{"app", "reviews"}})});
  const auto shown = json::parse(endpointz(&mesh))["reviews.default.svc.cluster.local"]["default"]["Shards"]["Kubernetes/Kubernetes"];
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0]["Addresses"][0], "10.1.0.1");
  EXPECT_EQ(shown[0]["EndpointPort"], 8080);
  EXPECT_EQ(shown[0]["ServicePortName"], "http");
  EXPECT_EQ(shown[0]["Labels"]["app"], "reviews");
}

TEST(ConfigDump, HasTablesWithTheirHostsAndNoSecret) {
  envoy::config::cluster::v3::Cluster cluster;
  cluster.set_name("outbound|80||a");
  envoy::config::route::v3::RouteConfiguration table;
  table.set_name("80");
  envoy::config::route::v3::VirtualHost host;
  host.set_name("a:80");
  envoy::extensions::transport_sockets::tls::v3::Secret secret;
  secret.set_name("kubernetes://c");
  secret.mutable_tls_certificate()->mutable_private_key()->set_inline_string("hush");
  translate::Interner interner;
  SentSets sets;
  auto put = [&](Type type, const std::string& name, const google::protobuf::Message& message) {
    sets.of[static_cast<std::size_t>(type)] = interner.make({translate::make_resource(type, name, message)});
    sets.version[static_cast<std::size_t>(type)] = "v" + name;
  };
  put(Type::kCluster, cluster.name(), cluster);
  put(Type::kRoute, "80", table);
  put(Type::kVirtualHost, "80/a:80", host);
  put(Type::kSecret, secret.name(), secret);
  const auto text = config_dump_json(sets, false);
  EXPECT_THAT(text, Not(HasSubstr("hush")));
  const auto configs = json::parse(text)["configs"];
  ASSERT_EQ(configs.size(), 7u);
  EXPECT_THAT(configs[0]["@type"].get<std::string>(), HasSubstr("BootstrapConfigDump"));
  EXPECT_EQ(configs[1]["dynamic_active_clusters"][0]["cluster"]["name"], "outbound|80||a");
  EXPECT_EQ(configs[1]["version_info"], "voutbound|80||a");
  EXPECT_EQ(configs[4]["dynamic_route_configs"][0]["route_config"]["virtual_hosts"][0]["name"], "a:80");
  EXPECT_EQ(configs[5]["dynamic_active_secrets"][0]["name"], "kubernetes://c");
  EXPECT_THAT(configs[6]["@type"].get<std::string>(), HasSubstr("EcdsConfigDump"));
  EXPECT_THAT(config_dump_json({}, true), HasSubstr("EndpointsConfigDump"));
}

struct MonitoringTest : testing::Test {
  base::MetricsRegistry metrics;
  std::unique_ptr<delivery::ControlPlane> plane = *delivery::ControlPlane::start({.xds_address = "127.0.0.1:0"}, metrics);
  std::shared_ptr<source::SourceStatus> status = std::make_shared<source::SourceStatus>();
  Monitored monitored{*plane, metrics, [this] { return SourceStatuses{status}; }};

  base::HttpResponse get(const std::string& target, const std::string& method = "GET") {
    base::HttpRequest request;
    request.method = method;
    request.target = target;
    request.peer = "127.0.0.1";
    return monitoring_answer(monitored, request);
  }
  void serve(const std::vector<mesh::ObjectPtr>& objects) {
    plane->hub().submit(add_all(objects));
    plane->hub().wait_idle();
    status->synced = true;
  }
};

TEST_F(MonitoringTest, ReadyTellsWhyNot) {
  EXPECT_EQ(get("/ready").status, 503);
  serve({});
  EXPECT_EQ(get("/ready").status, 200);
  status->lost = "it vanished";
  EXPECT_THAT(get("/ready").body, HasSubstr("it vanished"));
  status->lost.clear();
  status->blocking = {"AuthorizationPolicy default/deny"};
  EXPECT_THAT(get("/ready").body, HasSubstr("AuthorizationPolicy default/deny"));
  EXPECT_EQ(get("/ready").status, 503);
}

TEST_F(MonitoringTest, PagesAndRefusals) {
  serve({virtual_service("default", "reviews", kReviews)});
  const auto index = get("/debug").body;
  for (const char* path :
       {"/version", "/metrics", "/debug/syncz", "/debug/configz", "/debug/endpointz", "/debug/connections", "/debug/mesh"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_THAT(index, HasSubstr(path));
  }
  EXPECT_EQ(json::parse(get("/debug/syncz").body), json::array());
  EXPECT_THAT(get("/debug/configz").body, HasSubstr("reviews"));
  EXPECT_EQ(get("/debug/config_dump").status, 400);
  EXPECT_EQ(get("/debug/config_dump").body, "You must provide a proxyID in the query string\n");
  EXPECT_THAT(get("/debug/config_dump?proxyID=a").body, HasSubstr("Proxy not connected to this Pilot instance"));
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(get("/ready", "POST").status, 405);
}

// Whom a proxy of shop and an administrator are; "bad": nobody.
absl::StatusOr<delivery::ProvenPeer> prove(const std::string& authorization, const std::string&) {
  if (authorization == "Bearer shop") return delivery::ProvenPeer{"shop", "cart"};
  if (authorization == "Bearer admin") return delivery::ProvenPeer{"istio-system", "kiali", true};
  return absl::UnauthenticatedError("no");
}

TEST_F(MonitoringTest, FromElsewhereDebugIsForWhoProvesToBeSomebody) {
  serve({});
  const auto get_as = [&](const std::string& target, const std::string& authorization, const ProvePage& by, const char* method = "GET") {
    base::HttpRequest request{.method = method, .target = target, .peer = "10.0.0.9"};
    if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
    return monitoring_answer(monitored, request, by);
  };
  for (const char* path : {"/ready", "/version", "/metrics"}) EXPECT_EQ(get_as(path, "", nullptr).status, 200) << path;
  for (const char* path : {"/debug", "/debug/", "/debug/syncz", "/debug/config_dump?proxyID=a", "/debug/nothing"}) {
    EXPECT_EQ(get_as(path, "", nullptr).status, 401) << path;
    EXPECT_EQ(get_as(path, "Bearer admin", nullptr).status, 401) << path << ", there is nobody who could say who that is";
    EXPECT_EQ(get_as(path, "", prove).status, 401) << path;
    EXPECT_EQ(get_as(path, "Bearer bad", prove).status, 401) << path;
  }
  EXPECT_THAT(get_as("/debug/syncz", "", prove).body, HasSubstr("Authorization: Bearer TOKEN"));
  EXPECT_EQ(get_as("/debug/rehearse", "Bearer shop", prove, "POST").status, 403);
  EXPECT_EQ(get_as("/debug/syncz", "Bearer shop", prove).status, 403);
  EXPECT_EQ(get_as("/debug/syncz", "Bearer admin", prove).status, 200);
  EXPECT_EQ(get_as("/debug/config_dump?proxyID=a", "Bearer shop", prove).status, 404) << "allowed, but there is no such proxy";
  EXPECT_EQ(get_as("/debug/nothing", "Bearer admin", prove).status, 404);
}

TEST_F(MonitoringTest, WhatIsDerivedIsToldOfAtTheUsersObject) {
  const char* yaml =
      "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw}\n"
      "spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}\n---\n"
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\n"
      "spec: {parentRefs: [{name: gw}], rules: [{backendRefs: [{name: gone, port: 80}]}]}\n---\n"
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: lost}\nspec: {parentRefs: [{name: none}]}\n---\n"
      "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
      "spec: {ingressClassName: nginx, defaultBackend: {service: {name: a, port: {number: 80}}}}\n";
  std::vector<mesh::Change> changes;
  for (const auto& parsed : source::parse_documents(yaml, "f").objects) changes.push_back({parsed.key, parsed.object});
  source::gateway_api::Conversion conversion;
  conversion.add_derived(changes);
  monitored.derived = [&] { return conversion.statuses(); };
  std::vector<mesh::ObjectPtr> objects;
  for (const auto& change : changes) objects.push_back(change.object);
  serve(objects);
  std::map<std::string, json> rows;
  for (const auto& row : json::parse(get("/debug/objects").body)) rows[row["object"]] = row;
  ASSERT_EQ(rows.size(), 4u) << "no row for what is derived";
  EXPECT_EQ(rows["KubernetesGateway default/gw"]["parts"][0]["attachedRoutes"], 1);
  EXPECT_EQ(rows["HTTPRoute default/r"]["state"], "InForce");
  EXPECT_THAT(rows["HTTPRoute default/r"]["reason"].get<std::string>(), HasSubstr("BackendNotFound"));
  EXPECT_EQ(rows["HTTPRoute default/r"]["parts"][0]["conditions"][1]["status"], "False");
  EXPECT_EQ(rows["HTTPRoute default/lost"]["state"], "NotAccepted");
  EXPECT_EQ(rows["Ingress default/i"]["state"], "Ignored");
}

TEST_F(MonitoringTest, MetricsTellOfTheSource) {
  serve({});
  status->objects = 7;
  status->held = {{{mesh::Kind::kGateway, "a", "b"}, "f", "r"}};
  const auto text = get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("amime_source_objects 7\n"));
  EXPECT_THAT(text, HasSubstr("amime_source_held_objects 1\n"));
  EXPECT_THAT(text, HasSubstr("pilot_info{version="));
  EXPECT_THAT(text, HasSubstr("amime_config_acked_seconds_count"));
}

// A translation that has one thing to say.
struct TalkativeSource : delivery::CatalogSource {
  std::vector<translate::Note>* said;
  explicit TalkativeSource(std::vector<translate::Note>* notes) : said(notes) {}
  void update(const std::vector<mesh::Change>&, delivery::SteadyTime) override {}
  ScopeId attach(const mesh::ProxyFacts&, translate::RouteDelivery) override { return 1; }
  void detach(ScopeId) override {}
  translate::CatalogPtr catalog(ScopeId) const override { return nullptr; }
  std::vector<ScopeId> take_changed() override { return {}; }
  std::shared_ptr<const mesh::Mesh> mesh() const override { return nullptr; }
  std::vector<translate::Note> notes() const override { return *said; }
};

TEST(NoteLog, SaysEachNoteOnceAfterTheMeshCameToRest) {
  using namespace std::chrono_literals;
  base::MetricsRegistry metrics;
  delivery::Stats stats(metrics);
  std::vector<translate::Note> notes = {{{mesh::Kind::kGateway, "a", "b"}, "dangling", "spec.x", "no such thing"}};
  delivery::Hub hub(std::make_unique<TalkativeSource>(&notes), {}, &stats);
  hub.start();
  NoteLog log(hub, 2s);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(log.turn(0, start + 9s).empty());  // nothing was read yet
  auto change = [&] {
    hub.submit({});
    hub.wait_idle();
  };
  change();
  EXPECT_TRUE(log.turn(0, start).empty());
  EXPECT_TRUE(log.turn(0, start + 1s).empty());
  EXPECT_THAT(log.turn(0, start + 2s), testing::ElementsAre("Gateway a/b: spec.x: no such thing (dangling)"));
  EXPECT_TRUE(log.turn(0, start + 9s).empty());
  EXPECT_TRUE(log.turn(1, start + 9s).empty());  // a proxy came: asked again, but it was said
  EXPECT_TRUE(log.turn(1, start + 12s).empty());
  auto gone = std::exchange(notes, {});
  change();
  log.turn(1, start + 20s);
  EXPECT_TRUE(log.turn(1, start + 23s).empty());
  notes = gone;
  change();
  log.turn(1, start + 30s);
  EXPECT_EQ(log.turn(1, start + 33s).size(), 1u);  // it came again
}

}  // namespace
}  // namespace amime::local
