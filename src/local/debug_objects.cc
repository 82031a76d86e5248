#include "local/debug_objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "base/time.h"
#include "delivery/stream.h"

namespace amime::local {
namespace {

using mesh::ObjectKey;
using nlohmann::ordered_json;
using translate::Type;

// What the proxies say of one object.
struct OnItsWay {
  std::set<std::string> pending;  // proxies that have not acknowledged it
  std::string waiting;            // why one of them is not told yet
  std::string refused_by, refusal;
};
using Ways = std::map<ObjectKey, OnItsWay>;

void look_at(const delivery::Subscription& subscription, const delivery::Gate& gate, Type type, const std::string& proxy, Ways& ways) {
  if (!subscription.active || !subscription.wanted) return;
  static const translate::ResourceSet nothing;
  const auto difference = translate::diff(subscription.acked ? *subscription.acked : nothing, *subscription.wanted);
  for (const auto& resource : difference.updated) {
    for (const auto& key : resource->from) {
      OnItsWay& way = ways[key];
      way.pending.insert(proxy);
      for (const auto& wait : gate.waiting(type))
        if (wait.name == resource->name) way.waiting = fmt::format("{} waits at {}: {}", wait.name, proxy, wait.why.text);
    }
  }
  if (!subscription.rejection || !subscription.rejection->current) return;
  if (subscription.portion != 0) return;  // which of what was refused is bad comes out as it goes out again, part by part
  for (const auto& key : subscription.rejection->objects) {
    ways[key].refused_by = proxy;
    ways[key].refusal = subscription.rejection->error;
  }
}

Ways ask_proxies(const delivery::Registry& registry, std::size_t* proxies) {
  Ways ways;
  for (const auto& stream : registry.streams()) {
    const auto facts = stream->proxy();
    if (!facts) continue;
    ++*proxies;
    stream->inspect([&](const delivery::Subscriptions& subscriptions, const delivery::Gate& gate) {
      for (std::size_t i = 0; i < subscriptions.size(); ++i) look_at(subscriptions[i], gate, static_cast<Type>(i), facts->id, ways);
    });
  }
  return ways;
}

// "VirtualService/reviews", "virtualservice/default/reviews", "VirtualService default/reviews"
bool is_meant(const ObjectKey& key, std::string_view only) {
  if (only.empty()) return true;
  const auto same = [](std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return std::tolower(x) == std::tolower(y); });
  };
  const std::string kind(mesh::kind_name(key.kind));
  return same(only, kind + "/" + key.name) || same(only, kind + "/" + key.ns + "/" + key.name) || same(only, mesh::to_string(key));
}

std::string on_the_wall(mesh::HoldTime time) {
  const auto from_now = std::chrono::duration_cast<std::chrono::seconds>(time - std::chrono::steady_clock::now());
  return base::rfc3339(std::chrono::system_clock::now() + from_now);
}

void add_hold(const mesh::Hold& hold, ordered_json& out) {
  out["state"] = mesh::state_name(hold.what);
  out["reason"] = hold.reason;
  if (hold.until) out["until"] = on_the_wall(*hold.until);
}

void add_way(const OnItsWay& way, bool looked_into, ordered_json& out) {
  if (!way.refused_by.empty()) {
    out["state"] = looked_into ? "Delivering" : "Rejected";
    out["reason"] =
        fmt::format("{} refused it{}: {}", way.refused_by, looked_into ? ", whose fault it is is looked into" : "", way.refusal);
  } else if (!way.pending.empty()) {
    out["state"] = "Delivering";
    if (!way.waiting.empty()) out["reason"] = way.waiting;
  }
  if (!way.pending.empty()) out["pending"] = way.pending;
}

ordered_json conditions_json(const std::vector<source::gateway_api::Condition>& conditions) {
  ordered_json out = ordered_json::array();
  for (const auto& c : conditions)
    out.push_back({{"type", c.type}, {"status", c.status ? "True" : "False"}, {"reason", c.reason}, {"message", c.message}});
  return out;
}

bool is_refused(const std::vector<source::gateway_api::Condition>& conditions) {
  return std::any_of(conditions.begin(), conditions.end(), [](const auto& c) { return c.type == "Accepted" && !c.status; });
}

void add_status(const source::gateway_api::ObjectStatus& status, ordered_json& out) {
  bool refused = is_refused(status.conditions);
  if (!status.conditions.empty()) out["conditions"] = conditions_json(status.conditions);
  for (const auto& part : status.parts) {
    refused = refused || is_refused(part.conditions);
    out["parts"].push_back({{"part", part.part}, {"conditions", conditions_json(part.conditions)}});
    if (part.attached != 0) out["parts"].back()["attachedRoutes"] = part.attached;
  }
  const std::string why = trouble(status);
  if (why.empty() || out["state"] != "InForce") return;
  if (refused) out["state"] = "NotAccepted";
  out["reason"] = why;
}

// Whether objects of the kind have a status wherever they are ours.
bool has_status(mesh::Kind kind) {
  using enum mesh::Kind;
  return kind == kKubernetesGateway || kind == kHttpRoute || kind == kGrpcRoute || kind == kTlsRoute || kind == kTcpRoute ||
         kind == kListenerSet || kind == kBackendTlsPolicy || kind == kIngress;
}

// What is said of a derived object is said of those that it was made of.
std::vector<ObjectKey> told_at(const mesh::Mesh& mesh, const ObjectKey& key) {
  const auto object = mesh.object(key);
  return object && object->derived ? object->derived->from : std::vector<ObjectKey>{key};
}

Ways at_users_objects(const mesh::Mesh& mesh, Ways ways) {
  Ways out;
  for (auto& [key, way] : ways)
    for (const auto& at : told_at(mesh, key)) {
      OnItsWay& told = out[at];
      told.pending.insert(way.pending.begin(), way.pending.end());
      if (told.waiting.empty()) told.waiting = way.waiting;
      if (told.refused_by.empty()) {
        told.refused_by = way.refused_by;
        told.refusal = way.refusal;
      }
    }
  return out;
}

void add_notes(const mesh::Mesh& mesh, const std::vector<translate::Note>& notes, std::map<ObjectKey, ordered_json>* rows) {
  for (const auto& note : notes)
    for (const auto& key : told_at(mesh, note.object))
      if (const auto row = rows->find(key); row != rows->end())
        row->second["notes"].push_back(fmt::format("{}{}{} ({})", note.field, note.field.empty() ? "" : ": ", note.text, note.code));
}

}  // namespace

std::string objects_json(const delivery::ControlPlane& plane, const SourceStatuses& sources, const source::gateway_api::Statuses& derived,
                         std::string_view only, const std::vector<translate::Note>& notes) {
  std::size_t proxies = 0;
  // In this order: a refusal that is seen is being looked into, or what came of it is in the snapshot.
  const auto decided = plane.court().decided();
  Ways ways = ask_proxies(plane.registry(), &proxies);
  const bool looked_into = !decided || decided != plane.court().decided();
  const auto snapshot = plane.hub().snapshot();
  std::map<ObjectKey, ordered_json> rows;
  const auto row = [&](const ObjectKey& key) -> ordered_json& {
    auto& out = rows[key];
    if (out.is_null()) out = {{"object", mesh::to_string(key)}, {"state", "InForce"}, {"proxies", proxies}};
    return out;
  };
  if (snapshot) {
    ways = at_users_objects(*snapshot->mesh, std::move(ways));
    for (const auto& object : snapshot->mesh->objects())
      if (!object->derived && is_meant(object->key, only)) row(object->key)["version"] = base::hex64(object->digest);
    for (const auto& object : snapshot->mesh->unselected_objects()) {
      if (!is_meant(object->key, only)) continue;
      row(object->key)["state"] = "Unselected";
      row(object->key)["reason"] = "its namespace is not selected by MeshConfig's discoverySelectors";
    }
    for (auto& [key, out] : rows)
      if (const auto way = ways.find(key); way != ways.end()) add_way(way->second, looked_into, out);
    for (const auto& hold : snapshot->holds)
      for (const auto& key : told_at(*snapshot->mesh, hold.key))
        if (is_meant(key, only)) add_hold(hold, row(key));
  }
  for (auto& [key, out] : rows) {
    if (const auto status = derived.find(key); status != derived.end()) {
      add_status(*status->second, out);
    } else if (has_status(key.kind) && out["state"] == "InForce") {
      out["state"] = "Ignored";
      out["reason"] = "its class or parent is another controller's";
    }
  }
  for (const auto& status : sources)
    for (const auto& problem : status->problems) {
      if (!problem.key || problem.severity != source::Severity::kError || !is_meant(*problem.key, only)) continue;
      auto& out = row(*problem.key);
      out["state"] = "Invalid";
      out["reason"] =
          fmt::format("{}:{}: {}{}{}", problem.file, problem.line, problem.field, problem.field.empty() ? "" : ": ", problem.message);
    }
  if (snapshot) add_notes(*snapshot->mesh, notes, &rows);
  ordered_json all = ordered_json::array();
  for (auto& [key, out] : rows) all.push_back(std::move(out));
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace amime::local
