// The names that a proxy's agent answers itself instead of asking the cluster's DNS (NDS): every host that the proxy sees, with
// its addresses. Of a headless Service these are its pods', and each pod with a host name of its own has one here too, as
// Kubernetes' DNS has it. Hosts without any address (ExternalName, a ServiceEntry left without one) are left to the resolver
// behind.
// Fields: Service clusterIPs, publishNotReadyAddresses; ServiceEntry hosts, addresses; Pod hostname, subdomain.
#include <algorithm>
#include <set>

#include "nds/name_table.pb.h"
#include "translate/rules.h"
#include "translate/service_addresses.h"
#include "translate/socket_address.h"

namespace amime::translate {
namespace {

using istio::networking::nds::v1::NameTable;
using NameInfo = NameTable::NameInfo;

constexpr std::string_view kKubernetes = "Kubernetes", kExternal = "External";

class Names {
 public:
  explicit Names(View& view) : view_(view) {}

  void add(const mesh::Service& service) {
    const bool headless = service.addresses.empty() && service.resolution == mesh::Resolution::kPassthrough;
    const auto addresses = headless ? add_pods(service) : addresses_of(service);
    if (!addresses.empty()) put(service, addresses);
  }

  const NameTable& table() const { return table_; }

 private:
  std::vector<std::string> addresses_of(const mesh::Service& service) {
    std::vector<std::string> out = service.kubernetes ? addresses_to_dial(view_, service) : addresses_for(view_, service);
    std::erase_if(out, [](const std::string& address) { return !is_ip(address); });  // nobody dials a range
    return out;
  }

  // The pods' addresses, each once though several ports have it. Adds the pods that have names.
  std::vector<std::string> add_pods(const mesh::Service& service) {
    std::vector<std::string> out;
    std::set<std::string_view> seen;
    std::vector<mesh::EndpointSetPtr> sets;  // own what `seen` looks at
    for (const auto& port : service.ports) {
      sets.push_back(view_.endpoints(service.host, port.port));
      for (const auto& pod : sets.back()->endpoints) {
        if (!is_ip(pod.address) || !(pod.healthy || service.publish_not_ready) || !reachable(pod)) continue;
        if (!seen.insert(pod.address).second) continue;
        out.push_back(pod.address);
        if (service.kubernetes && !pod.hostname.empty()) add_pod(service, pod);
      }
    }
    return out;
  }

  // Addresses of another network lead nowhere: what is dialled here goes there directly.
  bool reachable(const mesh::Endpoint& pod) {
    if (pod.network.empty()) return true;
    const std::string_view mine = view_.proxy_network();
    return mine.empty() || mine == pod.network;
  }

  void add_pod(const mesh::Service& service, const mesh::Endpoint& pod) {
    NameInfo& info = (*table_.mutable_table())[pod.hostname + "." + service.host];
    info.add_ips(pod.address);
    info.set_registry(std::string(kKubernetes));
    info.set_shortname(pod.hostname + "." + service.name);
    info.set_namespace_(service.ns);
  }

  // Several services may share a host: Kubernetes' own decides, ServiceEntries add up.
  void put(const mesh::Service& service, const std::vector<std::string>& addresses) {
    NameInfo& info = (*table_.mutable_table())[service.host];
    if (info.registry() == kKubernetes) return;
    if (service.kubernetes) {
      info.clear_ips();
      info.set_shortname(service.name);
      info.set_namespace_(service.ns);
    }
    info.set_registry(std::string(service.kubernetes ? kKubernetes : kExternal));
    for (const auto& address : addresses)
      if (std::find(info.ips().begin(), info.ips().end(), address) == info.ips().end()) info.add_ips(address);
  }

  View& view_;
  NameTable table_;
};

}  // namespace

void name_table(View& view, std::string_view, Product& product) {
  Names names(view);
  for (const auto& service : view.visible_services()) names.add(*service);
  product.resources.push_back(make_resource(Type::kNameTable, "", names.table()));  // without a name, as istiod sends it
}

}  // namespace amime::translate
