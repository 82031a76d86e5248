// What a proxy sees: exportTo, then the egress listeners of its Sidecar object, then what those listeners'
// VirtualServices send to.
#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "mesh/data.h"
#include "mesh/digest.h"
#include "mesh/egress_filter.h"
#include "mesh/service.h"
#include "networking/v1alpha3/sidecar.pb.h"

namespace amime::mesh {
namespace {

namespace api = istio::networking::v1alpha3;

bool same_ports(const Service& a, const Service& b) {
  return std::equal(a.ports.begin(), a.ports.end(), b.ports.begin(), b.ports.end(), [](const ServicePort& x, const ServicePort& y) {
    return x.name == y.name && x.port == y.port && x.target_port == y.target_port && x.protocol == y.protocol;
  });
}

bool has_ports_of(const Service& service, const Service& other) {
  return std::all_of(other.ports.begin(), other.ports.end(), [&](const ServicePort& p) { return service.port(p.port); });
}

bool may_join(const Service& a, const Service& b) {
  return a.ns == b.ns && a.resolution == b.resolution && a.kubernetes == b.kubernetes && a.labels == b.labels && a.export_to == b.export_to;
}

ServicePtr finished(Service service) {
  service.digest = service_digest(service);
  return std::make_shared<const Service>(std::move(service));
}

// The service with only the ports for which `keep`; the service itself if that is all of them, null if it is none.
template <class Keep>
ServicePtr with_ports(const ServicePtr& service, Keep keep) {
  auto kept = static_cast<std::size_t>(std::count_if(service->ports.begin(), service->ports.end(), keep));
  if (kept == service->ports.size()) return service;
  if (kept == 0) return nullptr;
  Service copy = *service;
  std::erase_if(copy.ports, [&](const ServicePort& p) { return !keep(p); });
  return finished(std::move(copy));
}

// Services of which each host stands once.
class ServiceUnion {
 public:
  // Of one host a Kubernetes Service wins over ServiceEntries, then who came first; parts of one namespace are joined.
  void add(const ServicePtr& service) {
    auto [found, fresh] = index_.try_emplace(service->host, list_.size());
    if (fresh) {
      list_.push_back(service);
      return;
    }
    ServicePtr& known = list_[found->second];
    const ServicePtr before = known;
    if (known == service || (known->kubernetes && !service->kubernetes)) return;
    if (!known->kubernetes && service->kubernetes) {
      known = service;
    } else {
      join(known, *service);
    }
    if (known != before) replaced_.push_back(before);
  }
  const ServicePtr* find(std::string_view host) const {
    auto found = index_.find(host);
    return found == index_.end() ? nullptr : &list_[found->second];
  }
  ServiceList take() {
    index_.clear();
    return std::move(list_);
  }

 private:
  static void join(ServicePtr& known, const Service& service) {
    const bool equal_ports = same_ports(*known, service);
    const bool nothing_new = equal_ports ? known->addresses == service.addresses : has_ports_of(*known, service);
    if (nothing_new || !may_join(*known, service)) return;
    Service joined = *known;
    for (const auto& port : service.ports)
      if (!joined.port(port.port)) joined.ports.push_back(port);
    for (const auto& address : service.addresses)
      if (equal_ports && std::find(joined.addresses.begin(), joined.addresses.end(), address) == joined.addresses.end())
        joined.addresses.push_back(address);
    known = finished(std::move(joined));
  }

  ServiceList list_;
  ServiceList replaced_;  // alive because index_ may point into them
  std::unordered_map<std::string_view, std::size_t> index_;
};

class Viewer {
 public:
  Viewer(const Snapshot& snapshot, const ProxyFacts& proxy, ObjectPtr sidecar)
      : in_(snapshot), ns_(proxy.ns), out_(std::make_shared<Visible>()) {
    out_->sidecar = std::move(sidecar);
    exported_ = exported_services();
  }

  VisiblePtr router();
  VisiblePtr sidecar();

 private:
  // Private to the namespace or exported to it by name first, then the public ones.
  ServiceList exported_services() const {
    ServiceList out, everyone;
    out.reserve(in_.services.ordered().size());
    for (const auto& service : in_.services.ordered()) {
      if (service->export_to.all) {
        everyone.push_back(service);
      } else if (service->export_to.visible_to(ns_)) {
        out.push_back(service);
      }
    }
    out.insert(out.end(), std::make_move_iterator(everyone.begin()), std::make_move_iterator(everyone.end()));
    return out;
  }

  void add_listener(const api::IstioEgressListener& listener);
  ServiceList import_services(const EgressFilter& filter, std::uint32_t only_port) const;
  VirtualServiceHeaders import_virtual_services(const EgressFilter& filter, EgressListener& into) const;
  void add_virtual_service(const VirtualServiceHeader& header, EgressListener& into) const;
  void infer_services(const VirtualServiceHeader& header, std::uint32_t only_port);
  ServicePtr destination_service(std::string_view host) const;
  VisiblePtr finish();

  const Snapshot& in_;
  const std::string& ns_;
  ServiceList exported_;
  ServiceUnion union_;
  std::shared_ptr<Visible> out_;
};

void Viewer::add_virtual_service(const VirtualServiceHeader& header, EgressListener& into) const {
  into.virtual_services.push_back({in_.objects.find(header.key), header.hosts});
  into.digest = base::combine(into.digest, header.digest);
}

// Of a host that several namespaces define one namespace counts: the proxy's own, else one with a Kubernetes Service, else
// the first.
ServiceList Viewer::import_services(const EgressFilter& filter, std::uint32_t only_port) const {
  ServiceList imported;
  for (const auto& service : exported_) {
    if (!filter.imports_service(service->host, service->ns)) continue;
    ServicePtr part = only_port == 0 ? service : with_ports(service, [&](const ServicePort& p) { return p.port == only_port; });
    if (part && (only_port == 0 || part->port(only_port))) imported.push_back(std::move(part));
  }
  std::unordered_map<std::string_view, const Service*> chosen;
  chosen.reserve(imported.size());
  for (const auto& service : imported) {
    auto [found, fresh] = chosen.try_emplace(service->host, service.get());
    if (fresh) continue;
    const Service& known = *found->second;
    bool better = service->ns == ns_ || (!known.kubernetes && service->kubernetes && known.ns != ns_);
    if (better) found->second = service.get();
  }
  ServiceUnion out;
  for (const auto& service : imported)
    if (chosen.at(service->host)->ns == service->ns) out.add(service);
  return out.take();
}

VirtualServiceHeaders Viewer::import_virtual_services(const EgressFilter& filter, EgressListener& into) const {
  VirtualServiceHeaders out;
  for (auto& header : in_.virtual_services.of_gateway(kMeshGateway, ns_)) {
    if (!filter.imports_virtual_service(header->hosts, header->key.ns)) continue;
    add_virtual_service(*header, into);
    out.push_back(std::move(header));
  }
  return out;
}

void Viewer::add_listener(const api::IstioEgressListener& listener) {
  EgressListener out;
  out.port = listener.port().number();
  out.protocol = parse_protocol(listener.port().protocol());
  out.port_name = listener.port().name();
  out.bind = listener.bind();
  out.capture_none = listener.capture_mode() == api::CaptureMode::NONE;
  Digest own;
  own.add(out.port).add(out.protocol).add(out.port_name).add(out.bind).add(out.capture_none);
  out.digest = own.value();
  // A listener for an HTTP proxy is for whatever the proxy's users ask for; any other port is one of the services' ports.
  std::string protocol = listener.port().protocol();
  std::transform(protocol.begin(), protocol.end(), protocol.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::uint32_t only_port = protocol == "http_proxy" ? 0 : out.port;
  EgressFilter filter({listener.hosts().begin(), listener.hosts().end()}, ns_);
  auto headers = import_virtual_services(filter, out);
  out.services = import_services(filter, only_port);
  for (const auto& service : out.services) {
    out.digest = base::combine(out.digest, service->digest);
    union_.add(service);
  }
  for (const auto& header : headers) infer_services(*header, only_port);
  out_->egress.push_back(std::move(out));
}

// A destination's own namespace need not be imported; what is asked for by name above stays as it is.
void Viewer::infer_services(const VirtualServiceHeader& header, std::uint32_t only_port) {
  const auto& all = header.destinations;
  auto applies = [&](const VirtualServiceDestination& to) {
    return to.source_namespaces.empty() || std::binary_search(to.source_namespaces.begin(), to.source_namespaces.end(), ns_);
  };
  for (auto to = all.begin(); to != all.end(); ++to) {
    if (!applies(*to)) continue;
    ServicePtr service = destination_service(to->host);
    if (!service) continue;
    const ServicePtr* known = union_.find(service->host);
    if (known && *known == service) continue;
    ServicePtr part = with_ports(service, [&](const ServicePort& p) {
      if (only_port) return p.port == only_port;
      return std::any_of(all.begin(), all.end(), [&](const VirtualServiceDestination& other) {
        return other.host == to->host && applies(other) && (other.port == 0 || other.port == p.port);
      });
    });
    if (part) union_.add(part);
  }
}

ServicePtr Viewer::destination_service(std::string_view host) const {
  const ServiceList* services = in_.services.of_host(host);
  if (!services) return nullptr;
  ServicePtr own, best;
  for (const auto& service : *services) {
    if (service->ns == ns_) {
      if (!own || (!own->kubernetes && service->kubernetes)) own = service;
    } else if (service->export_to.visible_to(ns_)) {
      if (!best || (!best->kubernetes && service->kubernetes)) best = service;
    }
  }
  return own ? own : best;
}

VisiblePtr Viewer::finish() {
  out_->services = union_.take();
  Digest d;
  d.add(out_->sidecar ? out_->sidecar->digest : 0).add(out_->egress.size());
  for (const auto& listener : out_->egress) d.add(listener.digest);
  for (const auto& service : out_->services) {
    d.add(service->digest);
    out_->by_host.emplace(service->host, service);
  }
  out_->digest = d.value();
  return out_;
}

VisiblePtr Viewer::router() {
  EgressListener all;
  for (const auto& service : exported_) union_.add(service);
  ServiceUnion copy = union_;
  all.services = copy.take();
  for (const auto& service : all.services) all.digest = base::combine(all.digest, service->digest);
  for (const auto& header : in_.virtual_services.of_gateway(kMeshGateway, ns_)) add_virtual_service(*header, all);
  out_->egress.push_back(std::move(all));
  return finish();
}

VisiblePtr Viewer::sidecar() {
  static const api::IstioEgressListener kEverything = [] {
    api::IstioEgressListener out;
    out.add_hosts("*/*");
    return out;
  }();
  const auto* spec = out_->sidecar ? &out_->sidecar->spec<api::Sidecar>() : nullptr;
  if (!spec || spec->egress().empty()) {
    add_listener(kEverything);
  } else {
    for (const auto& listener : spec->egress()) add_listener(listener);
  }
  return finish();
}

}  // namespace

VisiblePtr visible_to(const Snapshot& snapshot, const ProxyFacts& proxy) {
  if (proxy.type == ProxyType::kRouter) return Viewer(snapshot, proxy, nullptr).router();
  return Viewer(snapshot, proxy, snapshot.sidecars.find(proxy.ns, proxy.labels, snapshot.settings->root_namespace)).sidecar();
}

bool every_namespace_sees_the_same(const Snapshot& snapshot) {
  const auto& services = snapshot.services.ordered();
  return snapshot.virtual_services.same_for_all(kMeshGateway) &&
         std::all_of(services.begin(), services.end(), [&](const ServicePtr& service) {
           return service->export_to.all && snapshot.services.of_host(service->host)->size() == 1;
         });
}

ServicePtr Visible::service(std::string_view host) const {
  auto found = by_host.find(host);
  return found == by_host.end() ? nullptr : found->second;
}

}  // namespace amime::mesh
