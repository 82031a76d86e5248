#include "source/gateway_api/parents.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mesh/mesh.h"
#include "networking/v1alpha3/service_entry.pb.h"
#include "source/gateway_api/gateway.h"
#include "source/gateway_api/hostnames.h"

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;
using mesh::ObjectKey;

struct Refusal {
  int rank;  // of several the lowest is told
  const char* reason;
  std::string message;
};

std::string ns_of(const Reference& reference, const std::string& own) { return reference.ns.empty() ? own : reference.ns; }

std::string describe(const ParentRef& ref, const ObjectKey& to) {
  std::string out = mesh::to_string(to);
  if (!ref.section.empty()) out += " section " + ref.section;
  if (ref.port) out += fmt::format(" port {}", ref.port);
  return out;
}

class Attacher {
 public:
  Attacher(Reads& reads, const Listeners& listeners, const mesh::Object& route)
      : reads_(reads), listeners_(listeners), route_(route), spec_(spec_of<RouteSpec>(route)) {}

  Attachments run() {
    std::vector<ParentRef> seen;
    for (const auto& ref : spec_.parents) {
      if (std::find(seen.begin(), seen.end(), ref) != seen.end()) continue;
      seen.push_back(ref);
      parent(ref);
    }
    return std::move(out_);
  }

 private:
  void parent(const ParentRef& ref) {
    if (ref.to.group == kGroup && ref.to.kind == "Gateway") return gateway(ref, Kind::kKubernetesGateway);
    if (ref.to.group == kGroup && ref.to.kind == "ListenerSet") return gateway(ref, Kind::kListenerSet);
    if (ref.to.group.empty() && ref.to.kind == "Service") return service(ref);
    if (ref.to.group == "networking.istio.io" && ref.to.kind == "ServiceEntry") return service_entry(ref);
    // Perhaps another controller's.
  }

  std::vector<Condition>& add_status(const ParentRef& ref, const ObjectKey& to, bool mesh) {
    PartStatus& status = out_.parents.emplace_back();
    out_.is_mesh.push_back(mesh);
    status.part = describe(ref, to);
    status.conditions = {{"Accepted", true, "Accepted", "Route was valid"},
                         {"ResolvedRefs", true, "ResolvedRefs", "All references resolved"}};
    return status.conditions;
  }

  void gateway(const ParentRef& ref, Kind kind) {
    const ObjectKey key{kind, ns_of(ref.to, route_.key.ns), ref.to.name};
    if (!reads_.find(kind, key.ns, key.name))
      return fail(add_status(ref, key, false), "Accepted", "NoMatchingParent", fmt::format("there is no {}", mesh::to_string(key)));
    const auto found = listeners_.find(key);
    if (found == listeners_.end()) return;  // another controller's, whose word it is
    std::vector<Refusal> refusals;
    std::size_t taken = 0;
    for (const auto& listener : found->second) {
      if (auto refusal = refused(ref, listener)) {
        refusals.push_back(std::move(*refusal));
        continue;
      }
      ++taken;
      out_.listeners.push_back({key, &listener, hosts_at(listener)});
    }
    report(taken, refusals, add_status(ref, key, false));
  }

  static void report(std::size_t taken, std::vector<Refusal>& refusals, std::vector<Condition>& conditions) {
    if (taken > 1) conditions.front().message = fmt::format("Route was valid, bound to {} parents", taken);
    if (taken > 0) return;
    if (refusals.empty()) return fail(conditions, "Accepted", "NoMatchingParent", "the parent has no listener");
    const auto worst = std::min_element(refusals.begin(), refusals.end(), [](const auto& a, const auto& b) { return a.rank < b.rank; });
    fail(conditions, "Accepted", worst->reason, worst->message);
  }

  std::optional<Refusal> refused(const ParentRef& ref, const BoundListener& listener) const {
    if (ref.port != 0 && ref.port != listener.port) return Refusal{3, "NoMatchingParent", fmt::format("port {} not found", ref.port)};
    if (!ref.section.empty() && ref.section != listener.section)
      return Refusal{3, "NoMatchingParent", fmt::format("sectionName \"{}\" not found", ref.section)};
    if (!any_host(listener))
      return Refusal{2, "NoMatchingListenerHostname", fmt::format("no hostnames matched parent hostname \"{}\"", listener.hostname)};
    if (!listener.admits(route_.key.ns))
      return Refusal{1, "NotAllowedByListeners",
                     fmt::format("namespace {} is not allowed by listener {}", route_.key.ns, listener.section)};
    const auto kind = mesh::kind_name(route_.key.kind);
    if (std::find(listener.kinds.begin(), listener.kinds.end(), kind) == listener.kinds.end())
      return Refusal{1, "NotAllowedByListeners", fmt::format("kind {} is not allowed by listener {}", kind, listener.section)};
    return std::nullopt;
  }

  std::vector<std::string> wanted() const { return spec_.hostnames.empty() ? std::vector<std::string>{"*"} : spec_.hostnames; }

  bool any_host(const BoundListener& listener) const {
    const auto hosts = wanted();
    return std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) { return intersection(listener.hostname, host).has_value(); });
  }

  // What another listener of the port covers better is not this one's to answer.
  std::vector<ListenerAttachment::Host> hosts_at(const BoundListener& listener) const {
    std::vector<ListenerAttachment::Host> out;
    for (const auto& host : wanted()) {
      auto shared = intersection(listener.hostname, host);
      if (!shared) continue;
      const bool others = std::any_of(listener.taken.begin(), listener.taken.end(), [&](const std::string& other) {
        return more_specific(other, listener.hostname) && covers(other, *shared);
      });
      if (!others) out.push_back({std::move(*shared), host});
    }
    return out;
  }

  void service(const ParentRef& ref) {
    const ObjectKey key{Kind::kService, ns_of(ref.to, route_.key.ns), ref.to.name};
    auto& conditions = add_status(ref, key, true);
    const auto found = reads_.find(key.kind, key.ns, key.name);
    if (!found) return fail(conditions, "Accepted", "NoMatchingParent", fmt::format("parent service: \"{}\" not found", key.name));
    const auto& ports = found->as<mesh::KubeService>().ports;
    if (ref.port != 0 && std::none_of(ports.begin(), ports.end(), [&](const auto& port) { return port.port == ref.port; }))
      return fail(conditions, "Accepted", "NoMatchingParent", fmt::format("port {} not found", ref.port));
    out_.services.push_back({{mesh::resolve_host(key.name, key.ns)}, key.ns, ref.port});
  }

  void service_entry(const ParentRef& ref) {
    const ObjectKey key{Kind::kServiceEntry, ns_of(ref.to, route_.key.ns), ref.to.name};
    auto& conditions = add_status(ref, key, true);
    const auto found = reads_.find(key.kind, key.ns, key.name);
    if (!found) return fail(conditions, "Accepted", "NoMatchingParent", fmt::format("parent service entry: \"{}\" not found", key.name));
    const auto& hosts = found->spec<istio::networking::v1alpha3::ServiceEntry>().hosts();
    out_.services.push_back({{hosts.begin(), hosts.end()}, key.ns, ref.port});
  }

  Reads& reads_;
  const Listeners& listeners_;
  const mesh::Object& route_;
  const RouteSpec& spec_;
  Attachments out_;
};

}  // namespace

Attachments attach(Reads& reads, const Listeners& listeners, const mesh::Object& route) { return Attacher(reads, listeners, route).run(); }

}  // namespace amime::source::gateway_api
