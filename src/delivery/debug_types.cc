#include "delivery/debug_types.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/version.h"
#include "delivery/stream.h"
#include "envoy/admin/v3/config_dump.pb.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "envoy/service/status/v3/csds.pb.h"

namespace amime::delivery {
namespace {

namespace status = envoy::service::status::v3;
using envoy::service::discovery::v3::DiscoveryResponse;
using translate::Type;

constexpr std::string_view kDebug = "istio.io/debug";
constexpr std::string_view kSyncz = "istio.io/debug/syncz";
constexpr std::string_view kConfigDump = "istio.io/debug/config_dump";

status::ConfigStatus sync_status(const Subscription& s) {
  if (s.rejection && s.rejection->current) return status::ERROR;
  if (s.last_number == 0) return status::NOT_SENT;
  return s.acked_number == s.last_number && !s.has_news() ? status::SYNCED : status::STALE;
}

google::protobuf::Timestamp timestamp(SystemTime time) {
  return google::protobuf::util::TimeUtil::TimeTToTimestamp(std::chrono::system_clock::to_time_t(time));
}

void add_sync(Type type, const Subscription& s, status::ClientConfig& config) {
  auto* one = config.add_generic_xds_configs();
  one->set_type_url(std::string(translate::type_url(type)));
  one->set_config_status(sync_status(s));
  *one->mutable_last_updated() = timestamp(s.sent_at);
  if (!s.rejection || !s.rejection->current) return;
  *one->mutable_error_state()->mutable_last_update_attempt() = timestamp(s.rejection->at);
  one->mutable_error_state()->set_details(s.rejection->error);
}

status::ClientConfig sync_of(const Stream& stream, const mesh::ProxyFacts& proxy) {
  status::ClientConfig config;
  config.mutable_node()->set_id(proxy.id);
  auto& metadata = *config.mutable_node()->mutable_metadata()->mutable_fields();
  metadata["CLUSTER_ID"].set_string_value(proxy.cluster_id);
  metadata["NAMESPACE"].set_string_value(proxy.ns);
  metadata["ISTIO_VERSION"].set_string_value(proxy.istio_version);
  stream.inspect([&](const Subscriptions& subscriptions, const Gate&) {
    for (std::size_t i = 0; i < subscriptions.size(); ++i)
      if (subscriptions[i].active) add_sync(static_cast<Type>(i), subscriptions[i], config);
  });
  return config;
}

void add_syncz(const Registry& registry, const std::string& ns, DiscoveryResponse& response) {
  for (const auto& stream : registry.streams())
    if (const auto proxy = stream->proxy(); proxy && (ns.empty() || proxy->ns == ns))
      response.add_resources()->PackFrom(sync_of(*stream, *proxy));
}

void add_page(const DebugPages& pages, const std::string& path, const std::string& ns, DiscoveryResponse& response) {
  auto* page = response.add_resources();
  page->set_type_url(std::string(kDebug));
  page->set_value(pages.show(path, ns).body);
}

// The page's JSON holds the messages that istioctl wants one by one.
void add_config_dump(const DebugPages& pages, const std::string& proxy, const std::string& ns, DiscoveryResponse& response) {
  const auto page = pages.show("config_dump?proxyID=" + proxy, ns);
  envoy::admin::v3::ConfigDump dump;
  if (page.found && google::protobuf::util::JsonStringToMessage(page.body, &dump).ok()) {
    response.mutable_resources()->Swap(dump.mutable_configs());
    return;
  }
  auto* text = response.add_resources();  // on these words istioctl asks the next control plane
  text->set_type_url(std::string(kConfigDump));
  text->set_value("Proxy not connected to this Pilot instance");
}

// As namespace_in_sight(), of the page that is asked for.
absl::StatusOr<std::string> sight_of(const Viewer& viewer, std::string_view type, std::string_view name) {
  if (type == kSyncz && viewer.proven && !viewer.proven->in_root_namespace) return viewer.proven->ns;
  if (type == kSyncz || type == kConfigDump) return namespace_in_sight(viewer, type.substr(kDebug.size() + 1));
  return namespace_in_sight(viewer, name.substr(0, name.find('?')));
}

std::string identifier() {
  const char* pod = std::getenv("POD_NAME");
  const char* revision = std::getenv("REVISION");
  return nlohmann::json{{"Component", "istiod"},
                        {"ID", pod ? pod : "amime"},
                        {"Info",
                         {{"version", base::version()},
                          {"revision", revision && *revision ? revision : base::git_revision()},
                          {"golang_version", ""},
                          {"status", base::build_status()},
                          {"tag", base::version()}}}}
      .dump();
}

}  // namespace

DebugPages::Page DebugPages::show(const std::string& path, const std::string& ns) const {
  const auto show = show_.get();
  return show ? (*show)(path, ns) : Page{};
}

absl::StatusOr<std::optional<Message>> answer_debug(const Request& request, const Registry& registry, const DebugPages& pages,
                                                    const Viewer& viewer, std::string_view nonce) {
  if (!request.type_url.starts_with(kDebug)) return std::nullopt;
  const std::string name(request.subscribe.empty() ? std::string_view() : request.subscribe.front());
  const auto ns = sight_of(viewer, request.type_url, name);
  if (!ns.ok()) return ns.status();
  DiscoveryResponse response;
  response.set_type_url(std::string(request.type_url));
  response.set_nonce(std::string(nonce));
  response.mutable_control_plane()->set_identifier(identifier());
  if (request.type_url == kSyncz)
    add_syncz(registry, *ns, response);
  else if (request.type_url == kConfigDump)
    add_config_dump(pages, name, *ns, response);
  else
    add_page(pages, name, *ns, response);
  return std::optional(Message{response.SerializeAsString(), nullptr});
}

}  // namespace amime::delivery
