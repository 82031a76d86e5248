#include "local/rehearsal_page.h"

#include <google/protobuf/any.pb.h>

#include <map>
#include <nlohmann/json.hpp>

#include "delivery/rehearsal.h"
#include "local/object_json.h"
#include "source/gateway_api/conversion.h"
#include "source/parse.h"

namespace amime::local {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using translate::ResourcePtr;
using translate::Type;

constexpr std::size_t kMostResources = 500;

// What is asked to be tried; false: *why.
bool read_changes(const json& asked, std::vector<mesh::Change>* changes, std::string* why) {
  if (!asked.is_object() || !asked.contains("objects") || !asked["objects"].is_string()) {
    *why = "the body is no JSON with \"objects\"\n";
    return false;
  }
  const auto parsed = source::parse_documents(asked["objects"].get_ref<const std::string&>(), "stdin");
  for (const auto& problem : parsed.problems)
    if (problem.severity == source::Severity::kError) *why += source::to_string(problem) + "\n";
  for (const auto& object : parsed.objects) changes->push_back({object.key, object.object});
  for (const auto& gone : asked.value("deleted", json::array())) {
    const auto string = [&](const char* name) { return gone.is_object() ? gone.value(name, std::string()) : std::string(); };
    if (const auto kind = mesh::kind_named(string("kind")))
      changes->push_back({{*kind, string("namespace"), string("name")}, nullptr});
    else
      *why += "unknown kind \"" + string("kind") + "\"\n";
  }
  return why->empty();
}

// Adds what would be derived of the changes (source/gateway_api), beside what is in force.
void add_derived(const mesh::Mesh& in_force, std::vector<mesh::Change>& changes) {
  std::vector<mesh::Change> written;
  for (auto& object : in_force.objects())
    if (!object->derived) written.push_back({object->key, std::move(object)});
  source::gateway_api::Conversion conversion;
  conversion.add_derived(written);
  conversion.add_derived(changes);
}

ordered_json resource_json(const ResourcePtr& resource) {
  if (!resource) return nullptr;
  if (resource->type == Type::kSecret) return "not shown";
  google::protobuf::Any any;
  any.set_type_url(std::string(translate::type_url(resource->type)));
  any.set_value(std::string(resource->message()));
  ordered_json out = message_json(any);
  if (out.is_object()) out.erase("@type");
  return out;
}

ordered_json types_json(const std::vector<delivery::ResourceStep>& steps) {
  struct Count {
    std::size_t added = 0, changed = 0, removed = 0;
  };
  std::map<Type, Count> counts;
  for (const auto& step : steps)
    ++(!step.before ? counts[step.type].added : !step.after ? counts[step.type].removed : counts[step.type].changed);
  ordered_json out = ordered_json::array();
  for (const auto& [type, count] : counts)
    out.push_back({{"type", translate::type_short(type)}, {"added", count.added}, {"changed", count.changed}, {"removed", count.removed}});
  return out;
}

ordered_json holds_json(const std::vector<mesh::Hold>& holds) {
  ordered_json out = ordered_json::array();
  for (const auto& hold : holds)
    out.push_back({{"object", mesh::to_string(hold.key)}, {"state", mesh::state_name(hold.what)}, {"reason", hold.reason}});
  return out;
}

void add_resources(const std::vector<delivery::ResourceStep>& steps, ordered_json& out) {
  auto& resources = out["resources"] = ordered_json::array();
  for (const auto& step : steps) {
    if (resources.size() == kMostResources) break;
    resources.push_back({{"type", translate::type_short(step.type)},
                         {"name", step.name},
                         {"proxies", step.proxies},
                         {"before", resource_json(step.before)},
                         {"after", resource_json(step.after)}});
  }
  out["omitted"] = steps.size() - resources.size();
}

}  // namespace

base::HttpResponse rehearsal_page(delivery::ControlPlane& plane, std::string_view body) {
  const json asked = json::parse(body, nullptr, false);
  std::vector<mesh::Change> changes;
  std::string why;
  if (!read_changes(asked, &changes, &why)) return base::text_response(400, why);
  if (const auto snapshot = plane.hub().snapshot()) add_derived(*snapshot->mesh, changes);
  const auto found = delivery::rehearse(plane.hub(), plane.registry(), changes);
  if (!found) return base::text_response(503, "nothing is in force yet\n");
  ordered_json out = {{"proxies", found->proxies},           {"touched", found->touched},         {"bytes", found->bytes},
                      {"objects", holds_json(found->holds)}, {"types", types_json(found->steps)}, {"order", ordered_json::array()}};
  for (const auto& [first, then] : found->in_order) out["order"].push_back({{"first", first}, {"then", then}});
  if (asked.contains("resources") && asked["resources"] == true) add_resources(found->steps, out);
  return base::json_response(out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace amime::local
