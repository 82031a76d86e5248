#include "local/monitoring.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include "base/version.h"
#include "delivery/peer.h"
#include "delivery/stream.h"
#include "local/debug_objects.h"
#include "local/debug_streams.h"
#include "local/rehearsal_page.h"

namespace amime::local {
namespace {

using base::HttpResponse;
using base::HttpTarget;

constexpr std::string_view kNamespace = "namespace";  // a query's: of its proxies alone

// Why /ready says no; empty: it says yes.
std::string not_ready(const Monitored& monitored) {
  if (!monitored.plane.hub().ready()) return "the first read is not complete\n";
  std::string out;
  for (const auto& status : monitored.sources()) {
    if (!status->synced) out += "the first read is not complete\n";
    if (!status->lost.empty()) out += "the source is lost: " + status->lost + "\n";
    for (const auto& policy : status->blocking) out += "a security policy cannot be read: " + policy + "\n";
  }
  return out;
}

HttpResponse ready(const Monitored& monitored, const HttpTarget&) {
  auto why = not_ready(monitored);
  return why.empty() ? base::text_response(200, "ready\n") : base::text_response(503, std::move(why));
}

HttpResponse version(const Monitored&, const HttpTarget&) { return base::text_response(200, base::version_line()); }

// What the sources say, beside what delivery counts as it goes.
void refresh_source_metrics(const Monitored& monitored) {
  double objects = 0, errors = 0, warnings = 0, held = 0, unknown = 0, lost = 0, files = 0;
  for (const auto& status : monitored.sources()) {
    objects += static_cast<double>(status->objects);
    files += static_cast<double>(status->files);
    held += static_cast<double>(status->held.size());
    lost += !status->lost.empty();
    for (const auto& problem : status->problems) (problem.severity == source::Severity::kError ? errors : warnings) += 1;
    for (const auto& [kind, count] : status->unknown_kinds) unknown += count;
  }
  auto set = [&](const char* name, const char* help, double value) { monitored.metrics.gauge(name, help).set(value); };
  set("amime_source_objects", "Objects in force", objects);
  set("amime_source_files", "Files read", files);
  set("amime_source_errors", "Errors in what is written now", errors);
  set("amime_source_warnings", "Warnings about what is written now", warnings);
  set("amime_source_held_objects", "Objects whose last good version is in force", held);
  set("amime_source_unknown_kind_objects", "Objects of kinds that are not read", unknown);
  set("amime_source_lost", "1 while a source counts as lost", lost);
  set("amime_ready", "1 while /ready says yes", not_ready(monitored).empty());
  monitored.metrics.gauge("pilot_info", "Pilot version and build information.", {{"version", base::version_line()}}).set(1);
}

// What waits now: objects that are held or retained, and resources that proxies are not told yet.
void refresh_rollout_metrics(const Monitored& monitored) {
  std::map<std::string, double> waiting;
  for (const char* reason :
       {"held", "retained", "rejected", "cluster", "endpoints", "dns", "listeners", "routes", "together", "in_use", "drain", "reconnect"})
    waiting[reason] = 0;
  double overdue = 0;
  if (const auto snapshot = monitored.plane.hub().snapshot())
    for (const auto& hold : snapshot->holds) waiting[absl::AsciiStrToLower(std::string(mesh::state_name(hold.what)))] += 1;
  for (const auto& stream : monitored.plane.registry().streams())
    stream->inspect([&](const delivery::Subscriptions& subscriptions, const delivery::Gate& gate) {
      for (std::size_t i = 0; i < subscriptions.size(); ++i)
        for (const auto& wait : gate.waiting(static_cast<translate::Type>(i))) {
          waiting[std::string(wait.why.code)] += 1;
          overdue += wait.overdue;
        }
    });
  for (const auto& [reason, count] : waiting)
    monitored.metrics.gauge("amime_rollout_waiting", "Objects and resources that are held back now, by reason", {{"reason", reason}})
        .set(count);
  monitored.metrics.gauge("amime_rollout_overdue", "Resources that a proxy has been waiting for longer than --rollout-timeout")
      .set(overdue);
}

HttpResponse metrics(const Monitored& monitored, const HttpTarget&) {
  refresh_source_metrics(monitored);
  refresh_rollout_metrics(monitored);
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, monitored.metrics.text()};
}

HttpResponse show_syncz(const Monitored& monitored, const HttpTarget& target) {
  return base::json_response(syncz(monitored.plane.registry(), target.param(kNamespace)));
}
HttpResponse show_connections(const Monitored& monitored, const HttpTarget&) {
  return base::json_response(connections(monitored.plane.registry()));
}

std::shared_ptr<const mesh::Mesh> mesh_of(const Monitored& monitored) {
  const auto snapshot = monitored.plane.hub().snapshot();
  return snapshot ? snapshot->mesh : nullptr;
}
HttpResponse show_configz(const Monitored& monitored, const HttpTarget&) {
  return base::json_response(configz(mesh_of(monitored).get(), monitored.sources(), monitored.plane.hub().notes()));
}
HttpResponse show_objects(const Monitored& monitored, const HttpTarget& target) {
  return base::json_response(objects_json(monitored.plane, monitored.sources(),
                                          monitored.derived ? monitored.derived() : source::gateway_api::Statuses(), target.param("object"),
                                          monitored.plane.hub().notes()));
}
HttpResponse show_endpointz(const Monitored& monitored, const HttpTarget&) {
  return base::json_response(endpointz(mesh_of(monitored).get()));
}
HttpResponse show_mesh(const Monitored& monitored, const HttpTarget&) {
  return base::json_response(mesh_config_json(mesh_of(monitored).get()));
}

HttpResponse dump(const Monitored& monitored, const HttpTarget& target, std::string_view types) {
  const auto proxy = target.param("proxyID");
  if (proxy.empty()) return base::text_response(400, "You must provide a proxyID in the query string\n");
  auto json = config_dump(monitored.plane.registry(), proxy,
                          {target.query.contains("include_eds"), std::string(target.param(kNamespace)), std::string(types)});
  if (json) return base::json_response(std::move(*json));
  return base::text_response(404, "Proxy not connected to this Pilot instance. It may be connected to another instance.\n");
}
HttpResponse show_config_dump(const Monitored& monitored, const HttpTarget& target) {
  return dump(monitored, target, target.param("types"));
}
HttpResponse show_edsz(const Monitored& monitored, const HttpTarget& target) { return dump(monitored, target, "eds"); }
HttpResponse show_ecdsz(const Monitored& monitored, const HttpTarget& target) { return dump(monitored, target, "ecds"); }
HttpResponse show_ndsz(const Monitored& monitored, const HttpTarget& target) { return dump(monitored, target, "nds"); }

struct Page {
  const char* path;
  const char* help;
  HttpResponse (*show)(const Monitored&, const HttpTarget&);
};
constexpr Page kPages[] = {
    {"/ready", "200 once the configuration is read and trusted, else 503 and why", ready},
    {"/version", "VERSION-REVISION-STATUS", version},
    {"/metrics", "Prometheus metrics", metrics},
    {"/debug/syncz", "What each proxy was sent and has acknowledged; ?namespace=", show_syncz},
    {"/debug/configz", "Istio's objects in force, and what is wrong with those that are not", show_configz},
    {"/debug/objects", "Each object: in force, on its way, held, rejected, and why; ?object=KIND/NAME", show_objects},
    {"/debug/endpointz", "Endpoints of every service", show_endpointz},
    {"/debug/endpointShardz", "The same", show_endpointz},
    {"/debug/config_dump", "What a proxy was sent, as Envoy's own config_dump; ?proxyID=POD.NAMESPACE, &include_eds or &types=cds,eds,...",
     show_config_dump},
    {"/debug/edsz", "The endpoints that a proxy was sent; ?proxyID=", show_edsz},
    {"/debug/ecdsz", "The extensions that a proxy was sent; ?proxyID=", show_ecdsz},
    {"/debug/ndsz", "The name table that a proxy's agent was sent; ?proxyID=", show_ndsz},
    {"/debug/connections", "The open xDS connections", show_connections},
    {"/debug/mesh", "The MeshConfig in force", show_mesh},
};

constexpr std::size_t kMostBody = 16u << 20;  // a change to be rehearsed
constexpr std::string_view kRehearse = "/debug/rehearse";

HttpResponse index() {
  std::string rows;
  for (const auto& page : kPages) rows += fmt::format("<tr><td><a href=\"{0}\">{0}</a></td><td>{1}</td></tr>\n", page.path, page.help);
  rows += fmt::format("<tr><td>POST {}</td><td>What a change would do; amime apply --dry-run</td></tr>\n", kRehearse);
  return {
      200, {{"Content-Type", "text/html; charset=utf-8"}}, "<!doctype html>\n<title>Amime: debug</title>\n<table>\n" + rows + "</table>\n"};
}

// Below /debug/; empty: the index. nullopt: a page that is shown to everybody, or none.
std::optional<std::string_view> debug_page(std::string_view path) {
  constexpr std::string_view kDebug = "/debug";
  if (path == kDebug) return std::string_view();
  if (!path.starts_with("/debug/")) return std::nullopt;
  return path.substr(kDebug.size() + 1);
}

delivery::Viewer viewer_of(const base::HttpRequest& request, const ProvePage& prove) {
  delivery::Viewer out;
  out.local = delivery::SocketAddress{request.peer, 0}.loopback();
  const auto* authorization = base::find_header(request.headers, "Authorization");
  if (out.local || !prove || authorization == nullptr) return out;
  if (auto proven = prove(*authorization, request.peer); proven.ok()) out.proven = *std::move(proven);
  return out;
}

HttpResponse refusal(const absl::Status& status) {
  auto out = base::text_response(absl::IsUnauthenticated(status) ? 401 : 403, std::string(status.message()) + "\n");
  if (out.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

HttpResponse show(const Monitored& monitored, const base::HttpRequest& request, const HttpTarget& target) {
  if (request.method == "POST" && target.path == kRehearse) return rehearsal_page(monitored.plane, request.body);
  if (request.method != "GET" && request.method != "HEAD") return base::text_response(405, "method not allowed\n");
  if (target.path == "/debug" || target.path == "/debug/") return index();
  for (const auto& page : kPages)
    if (target.path == page.path) return page.show(monitored, target);
  return base::text_response(404, "404 page not found\n");
}

// Who may tell of one namespace only asks as if that were in the query.
HttpTarget within(HttpTarget target, const std::string& ns) {
  if (!ns.empty()) target.query.insert_or_assign(std::string(kNamespace), ns);
  return target;
}

}  // namespace

HttpResponse monitoring_answer(const Monitored& monitored, const base::HttpRequest& request, const ProvePage& prove) {
  auto target = base::parse_target(request.target);
  const auto page = debug_page(target.path);
  if (!page) return show(monitored, request, target);
  const auto ns = delivery::namespace_in_sight(viewer_of(request, prove), *page);
  return ns.ok() ? show(monitored, request, within(std::move(target), *ns)) : refusal(ns.status());
}

absl::StatusOr<std::unique_ptr<Monitoring>> Monitoring::start(std::string_view address, Monitored monitored) {
  std::unique_ptr<Monitoring> out(new Monitoring());
  const auto answer = [monitored, it = out.get()](const base::HttpRequest& request) {
    const auto prove = it->prove_.get();
    return monitoring_answer(monitored, request, prove ? *prove : nullptr);
  };
  auto server = base::HttpServer::start(address, answer, {.max_body = kMostBody});
  if (!server.ok()) return server.status();
  out->server_ = std::move(*server);
  // istioctl asks for the same pages over xDS, where delivery knows who asks. ControlPlane::shutdown() ends that, and what is shown
  // outlives it.
  monitored.plane.debug_pages().set([monitored](const std::string& path, const std::string& ns) {
    const base::HttpRequest request{.target = "/debug/" + path};
    const auto page = show(monitored, request, within(base::parse_target(request.target), ns));
    return delivery::DebugPages::Page{page.status == 200, page.body};
  });
  return out;
}

}  // namespace amime::local
