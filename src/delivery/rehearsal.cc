#include "delivery/rehearsal.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <tuple>

#include "delivery/stream.h"

namespace amime::delivery {

using translate::CatalogPtr;
using translate::Resource;
using translate::ResourcePtr;
using translate::Type;

namespace {

constexpr Type kNamingInOrder[] = {Type::kListener, Type::kRoute, Type::kVirtualHost};  // types that name clusters

// Proxies that are to have the same.
struct Audience {
  std::size_t proxies = 0;
  CatalogPtr before;
};
using Audiences = std::map<CatalogSource::ScopeId, Audience>;

Audiences seat(CatalogSource& copy, const Registry& registry) {
  Audiences out;
  for (const auto& stream : registry.streams()) {
    const auto proxy = stream->proxy();
    if (!proxy) continue;
    Audience& audience = out[copy.attach(*proxy, stream->route_delivery())];
    ++audience.proxies;
  }
  for (auto& [scope, audience] : out) audience.before = copy.catalog(scope);
  return out;
}

translate::SetDiff difference(const CatalogPtr& before, const CatalogPtr& after, Type type) {
  return translate::diff(*before->of(type), *after->of(type));
}

ResourcePtr find(const CatalogPtr& catalog, Type type, const std::string& name) {
  const ResourcePtr* found = catalog->of(type)->find(name);
  return found ? *found : nullptr;
}

class Program {
 public:
  explicit Program(Rehearsal& out) : out_(out) {}

  void add(const Audience& audience, const CatalogPtr& after) {
    bool touched = false;
    for (std::size_t i = 0; i < translate::kTypes; ++i) {
      const Type type = static_cast<Type>(i);
      const auto diff = difference(audience.before, after, type);
      touched = touched || !diff.updated.empty() || !diff.removed.empty();
      for (const auto& resource : diff.updated) step(type, find(audience.before, type, resource->name), resource, audience.proxies);
      for (const auto& name : diff.removed) step(type, find(audience.before, type, name), nullptr, audience.proxies);
    }
    if (touched) out_.touched += audience.proxies;
    order(audience.before, after);
  }

  void finish() {
    for (auto& [key, step] : steps_) out_.steps.push_back(std::move(step));
    for (const auto& [first, then] : in_order_) out_.in_order.push_back({first, then});
  }

 private:
  void step(Type type, const ResourcePtr& before, const ResourcePtr& after, std::size_t proxies) {
    const std::string& name = after ? after->name : before->name;
    ResourceStep& step = steps_[{type, name, before ? before->version : 0, after ? after->version : 0}];
    step.type = type;
    step.name = name;
    step.before = before;
    step.after = after;
    step.proxies += proxies;
    out_.bytes += proxies * (after ? after->delta().size() : name.size());
  }

  // What has to be there before it is named, and what may go only when nothing names it any more.
  void order(const CatalogPtr& before, const CatalogPtr& after) {
    for (const Type type : kNamingInOrder) {
      const auto diff = difference(before, after, type);
      const auto say = [&](const std::string& name) { return fmt::format("{} {}", translate::type_short(type), name); };
      for (const auto& resource : diff.updated)
        for (const auto& cluster : resource->refs)
          if (find(after, Type::kCluster, cluster) && !find(before, Type::kCluster, cluster))
            in_order_.insert({fmt::format("cds {} is there", cluster), say(resource->name) + " names it"});
      const auto left = [&](const std::string& name) {
        const auto was = find(before, type, name);
        if (!was) return;
        for (const auto& cluster : was->refs)
          if (find(before, Type::kCluster, cluster) && !find(after, Type::kCluster, cluster))
            in_order_.insert({say(name) + " names it no more", fmt::format("cds {} goes", cluster)});
      };
      for (const auto& resource : diff.updated) left(resource->name);
      for (const auto& name : diff.removed) left(name);
    }
  }

  Rehearsal& out_;
  std::map<std::tuple<Type, std::string, std::uint64_t, std::uint64_t>, ResourceStep> steps_;
  std::set<std::pair<std::string, std::string>> in_order_;
};

bool same(const mesh::Hold& a, const mesh::Hold& b) { return a.key == b.key && a.what == b.what && a.reason == b.reason; }

}  // namespace

std::optional<Rehearsal> rehearse(Hub& hub, const Registry& registry, const std::vector<mesh::Change>& changes) {
  std::unique_ptr<CatalogSource> copy;
  if (!hub.ready() || !hub.ask([&](CatalogSource& source) { copy = source.fork(); }) || !copy) return std::nullopt;
  const Audiences audiences = seat(*copy, registry);
  const auto holds = copy->holds();
  copy->update(changes, std::chrono::steady_clock::now());
  Rehearsal out;
  Program program(out);
  for (const auto& [scope, audience] : audiences) {
    out.proxies += audience.proxies;
    program.add(audience, copy->catalog(scope));
  }
  program.finish();
  for (auto& hold : copy->holds())
    if (std::none_of(holds.begin(), holds.end(), [&](const mesh::Hold& h) { return same(h, hold); })) out.holds.push_back(std::move(hold));
  return out;
}

}  // namespace amime::delivery
