#include "local/debug_streams.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/time.h"
#include "delivery/registry.h"
#include "delivery/stream.h"
#include "local/config_dump.h"

namespace amime::local {
namespace {

using delivery::Stream;
using delivery::Subscription;
using nlohmann::ordered_json;
using translate::Type;
using Subscriptions = std::array<Subscription, translate::kTypes>;

std::string nonce_or_empty(const Stream& stream, std::uint64_t number) { return number ? stream.nonce(number) : std::string(); }

// The key of Istio's flat fields: cluster_sent, cluster_acked, ...
std::string_view flat_name(Type type) {
  switch (type) {
    case Type::kCluster: return "cluster";
    case Type::kListener: return "listener";
    case Type::kRoute: return "route";
    case Type::kEndpoint: return "endpoint";
    default: return {};
  }
}

ordered_json status_of(const Stream& stream, const Subscription& subscription) {
  ordered_json out = {{"sent", nonce_or_empty(stream, subscription.last_number)},
                      {"acked", nonce_or_empty(stream, subscription.acked_number)}};
  if (subscription.last_number) out["sentTime"] = base::rfc3339(subscription.sent_at);
  if (subscription.rejection && subscription.rejection->current) {
    out["lastError"] = subscription.rejection->error;
    auto& resources = out["lastErrorResources"] = nlohmann::ordered_json::array();
    for (const auto& resource : subscription.rejection->resources) resources.push_back(resource->name);
    ordered_json objects = ordered_json::array();
    for (const auto& key : subscription.rejection->objects) objects.push_back(mesh::to_string(key));
    out["lastErrorObjects"] = std::move(objects);
  }
  return out;
}

ordered_json sync_of(const Stream& stream, const mesh::ProxyFacts& proxy) {
  ordered_json out = {{"cluster_id", proxy.cluster_id},
                      {"proxy", proxy.id},
                      {"proxy_type", proxy.type == mesh::ProxyType::kRouter ? "router" : "sidecar"},
                      {"istio_version", proxy.istio_version}};
  ordered_json resources = ordered_json::object();
  stream.inspect([&](const Subscriptions& subscriptions, const delivery::Gate&) {
    for (std::size_t i = 0; i < subscriptions.size(); ++i) {
      const auto type = static_cast<Type>(i);
      if (!subscriptions[i].active) continue;
      auto status = status_of(stream, subscriptions[i]);
      if (const auto flat = flat_name(type); !flat.empty()) {
        out[fmt::format("{}_sent", flat)] = status["sent"];
        out[fmt::format("{}_acked", flat)] = status["acked"];
      }
      resources[std::string(translate::type_url(type))] = std::move(status);
    }
  });
  out["resources"] = std::move(resources);
  return out;
}

std::string connection_id(const Stream& stream, const mesh::ProxyFacts& proxy) { return fmt::format("{}-{}", proxy.id, stream.serial()); }

}  // namespace

std::string syncz(const delivery::Registry& registry, std::string_view ns) {
  ordered_json out = ordered_json::array();
  for (const auto& stream : registry.streams())
    if (const auto proxy = stream->proxy(); proxy && (ns.empty() || proxy->ns == ns)) out.push_back(sync_of(*stream, *proxy));
  return out.dump(2) + "\n";
}

std::string connections(const delivery::Registry& registry) {
  ordered_json clients = ordered_json::array();
  for (const auto& stream : registry.streams())
    if (const auto proxy = stream->proxy())
      clients.push_back({{"connectionId", connection_id(*stream, *proxy)},
                         {"connectedAt", base::rfc3339(stream->connected())},
                         {"address", stream->peer_address()}});
  const ordered_json out = {{"totalClients", clients.size()}, {"clients", clients}};
  return out.dump(2) + "\n";
}

namespace {

std::shared_ptr<Stream> find_stream(const delivery::Registry& registry, std::string_view wanted, std::string_view ns) {
  std::shared_ptr<Stream> found;
  for (const auto& stream : registry.streams()) {
    const auto proxy = stream->proxy();
    if (!proxy || (!ns.empty() && proxy->ns != ns)) continue;
    if (connection_id(*stream, *proxy).find(wanted) != std::string::npos && (!found || proxy->id == wanted)) found = stream;
  }
  return found;
}

SentSets sent_to(const Stream& stream) {
  SentSets sets;
  stream.inspect([&](const Subscriptions& subscriptions, const delivery::Gate&) {
    for (std::size_t i = 0; i < subscriptions.size(); ++i) {
      sets.of[i] = subscriptions[i].sent;
      if (subscriptions[i].sent_version) sets.version[i] = *subscriptions[i].sent_version;
    }
  });
  return sets;
}

}  // namespace

std::optional<std::string> config_dump(const delivery::Registry& registry, std::string_view proxy, const DumpRequest& request) {
  const auto stream = find_stream(registry, proxy, request.ns);
  if (!stream) return std::nullopt;
  const SentSets sets = sent_to(*stream);
  return request.types.empty() ? config_dump_json(sets, request.include_endpoints) : typed_config_dump_json(sets, request.types);
}

std::vector<ProxySync> proxy_syncs(const delivery::Registry& registry) {
  std::vector<ProxySync> out;
  for (const auto& stream : registry.streams()) {
    const auto proxy = stream->proxy();
    if (!proxy) continue;
    ProxySync sync{proxy->id, true, {}};
    stream->inspect([&](const Subscriptions& subscriptions, const delivery::Gate&) {
      for (std::size_t i = 0; i < subscriptions.size(); ++i) {
        const auto& one = subscriptions[i];
        const bool needed = static_cast<Type>(i) == Type::kCluster || static_cast<Type>(i) == Type::kListener;
        if (needed && one.acked_number == 0) sync.in_sync = false;
        if (one.active && (one.has_news() || one.acked_number != one.last_number)) sync.in_sync = false;
        if (one.rejection && one.rejection->current) sync.error = one.rejection->error;
      }
    });
    out.push_back(std::move(sync));
  }
  return out;
}

}  // namespace amime::local
