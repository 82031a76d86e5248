#include "mesh/virtual_service_index.h"

#include <algorithm>

#include "mesh/destinations.h"
#include "mesh/digest.h"
#include "mesh/host.h"
#include "mesh/mesh.h"
#include "mesh/workload_index.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::mesh {
namespace {

using istio::networking::v1alpha3::Destination;
using istio::networking::v1alpha3::HTTPRoute;
using istio::networking::v1alpha3::VirtualService;

bool in_order(const VirtualServiceHeaderPtr& a, const VirtualServiceHeaderPtr& b) {
  if (a->created != b->created) return a->created < b->created;
  return a->key.name != b->key.name ? a->key.name < b->key.name : a->key.ns < b->key.ns;
}

std::uint64_t share(const VirtualServiceHeader& header) { return base::combine(0x5eed, header.digest); }

Names delegates_of(const ObjectPtr& object) {
  Names out;
  if (!object) return out;
  for (const auto& route : object->spec<VirtualService>().http())
    if (route.has_delegate()) out.push_back(delegate_name(route, object->key.ns));
  sort_unique(out);
  return out;
}

Names source_namespaces(const HTTPRoute& route) {
  Names out;
  for (const auto& match : route.match())
    if (!match.source_namespace().empty()) out.push_back(match.source_namespace());
  sort_unique(out);
  return out;
}

class DestinationCollector {
 public:
  DestinationCollector(const Objects& objects, const Settings& settings, std::vector<VirtualServiceDestination>* out)
      : objects_(objects), settings_(settings), out_(out) {}

  void add_root(const Object& object) {
    const auto& spec = object.spec<VirtualService>();
    for (const auto& route : spec.http()) {
      if (route.has_delegate()) {
        add_delegate(object, route);
      } else {
        add(route, object.key.ns, source_namespaces(route));
      }
    }
    each_l4_destination(spec, [&](const Destination& to) { add(to, object.key.ns, {}); });
  }

 private:
  void add_delegate(const Object& root, const HTTPRoute& route) {
    const std::string full_name = delegate_name(route, root.key.ns);
    auto [ns, name] = split_name(full_name);
    ObjectPtr object = objects_.find(Kind::kVirtualService, ns, name);
    if (!object) return;
    const auto& spec = object->spec<VirtualService>();
    bool exported = parse_export_to(spec.export_to(), ns, settings_.virtual_service_export_to).visible_to(root.key.ns);
    if (spec.hosts_size() > 0 || !exported) return;
    for (const auto& own : spec.http()) {
      // A match of the delegate that names no namespace takes the root's.
      Names sources = source_namespaces(own);
      if (static_cast<int>(sources.size()) < own.match_size() || own.match().empty()) {
        Names outer = source_namespaces(route);
        sources.insert(sources.end(), outer.begin(), outer.end());
        sort_unique(sources);
      }
      add(own, object->key.ns, sources);
    }
  }

  void add(const HTTPRoute& route, std::string_view ns, const Names& sources) {
    each_destination(route, [&](const Destination& to) { add(to, ns, sources); });
  }

  void add(const Destination& to, std::string_view ns, const Names& sources) {
    VirtualServiceDestination next{resolve_host(to.host(), ns), to.port().number(), sources};
    if (next.host.empty() || std::find(out_->begin(), out_->end(), next) != out_->end()) return;
    out_->push_back(std::move(next));
  }

  const Objects& objects_;
  const Settings& settings_;
  std::vector<VirtualServiceDestination>* out_;
};

std::uint64_t header_digest(const VirtualServiceHeader& h) {
  Digest d;
  d.add(h.key.ns).add(h.key.name).add(h.created).add(h.hosts).add(h.gateways).add(h.export_to.all).add(h.export_to.namespaces);
  d.add(h.destinations.size());
  for (const auto& to : h.destinations) d.add(to.host).add(to.port).add(to.source_namespaces);
  return d.value();
}

}  // namespace

VirtualServiceHeaderPtr header_of(const Objects& objects, const Settings& settings, const Object& object) {
  const auto& spec = object.spec<VirtualService>();
  if (spec.hosts_size() == 0) return nullptr;
  auto out = std::make_shared<VirtualServiceHeader>();
  out->key = object.key;
  out->created = object.created;
  for (const auto& host : spec.hosts()) out->hosts.push_back(resolve_host(host, object.key.ns));
  for (const auto& gateway : spec.gateways())
    out->gateways.push_back(gateway == kMeshGateway ? gateway : resolve_gateway(gateway, object.key.ns));
  if (out->gateways.empty()) out->gateways.emplace_back(kMeshGateway);
  out->export_to = parse_export_to(spec.export_to(), object.key.ns, settings.virtual_service_export_to);
  DestinationCollector(objects, settings, &out->destinations).add_root(object);
  out->digest = header_digest(*out);
  return out;
}

bool VirtualServiceIndex::same_for_all(std::string_view gateway) const {
  const auto* found = by_gateway_.find(gateway);
  if (!found) return true;
  const auto& headers = ***found;
  return std::all_of(headers.begin(), headers.end(), [](const VirtualServiceHeaderPtr& header) {
    return header->export_to.all && std::all_of(header->destinations.begin(), header->destinations.end(),
                                                [](const VirtualServiceDestination& to) { return to.source_namespaces.empty(); });
  });
}

VirtualServiceHeaders VirtualServiceIndex::of_gateway(std::string_view gateway, std::string_view ns) const {
  VirtualServiceHeaders out, exported, everyone;
  const auto* found = by_gateway_.find(gateway);
  if (!found) return out;
  for (const auto& header : ***found) {
    if (header->export_to.all) {
      everyone.push_back(header);
    } else if (header->export_to.visible_to(ns)) {
      (header->key.ns == ns ? out : exported).push_back(header);
    }
  }
  out.insert(out.end(), exported.begin(), exported.end());
  out.insert(out.end(), everyone.begin(), everyone.end());
  return out;
}

void VirtualServiceIndex::relate(const ObjectPtr& before, const ObjectPtr& after, Names* roots) {
  const ObjectKey& key = (before ? before : after)->key;
  const std::string name = join_name(key.ns, key.name);
  roots_of_.move(delegates_of(before), delegates_of(after), name);
  roots->push_back(name);
  const Names& depending = roots_of_.find(name);
  roots->insert(roots->end(), depending.begin(), depending.end());
}

void VirtualServiceIndex::replace_in_gateways(const VirtualServiceHeaderPtr& before, const VirtualServiceHeaderPtr& after) {
  auto list = [&](const std::string& gateway) -> List& {
    auto found = pending_.find(gateway);
    if (found != pending_.end()) return found->second;
    const auto* current = by_gateway_.find(gateway);
    return pending_.emplace(gateway, current ? **current : List()).first->second;
  };
  auto gateways = [](const VirtualServiceHeaderPtr& header) {
    Names out = header ? header->gateways : Names{};
    sort_unique(out);  // one may be named twice
    return out;
  };
  for (const auto& gateway : gateways(before)) list(gateway).replace(before, nullptr);
  for (const auto& gateway : gateways(after)) list(gateway).replace(nullptr, after);
}

bool VirtualServiceIndex::derive(const Objects& objects, const Settings& settings, std::string_view root) {
  auto [ns, name] = split_name(root);
  ObjectPtr object = objects.find(Kind::kVirtualService, ns, name);
  VirtualServiceHeaderPtr next = object ? header_of(objects, settings, *object) : nullptr;
  const auto* found = headers_by_name_.find(root);
  VirtualServiceHeaderPtr before = found ? *found : nullptr;
  if (before == next || (before && next && before->digest == next->digest)) return false;
  if (before) headers_ -= share(*before);
  if (next) headers_ += share(*next);
  replace_in_gateways(before, next);
  if (next) {
    headers_by_name_.set(root, std::move(next));
  } else {
    headers_by_name_.erase(root);
  }
  return true;
}

void VirtualServiceIndex::settle() {
  for (auto& [gateway, list] : pending_) {
    list.settle(in_order);
    if ((*list).empty()) {
      by_gateway_.erase(gateway);
    } else {
      by_gateway_.set(gateway, std::make_shared<const List>(std::move(list)));
    }
  }
  pending_.clear();
}

}  // namespace amime::mesh
