// Envoy refuses a table in which a domain occurs twice, with everything in it. So: however services and VirtualServices
// name each other, no table has one.
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "envoy/config/route/v3/route.pb.h"
#include "translate/route_table.h"
#include "translate/route_testing.h"

namespace amime::translate {
namespace {

using envoy::config::route::v3::VirtualHost;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937 engine_;
};

const std::vector<std::string> kHosts{"a",
                                      "a.x",
                                      "a.x.svc",
                                      "a.x.svc.cluster.local",
                                      "b.y",
                                      "b.y.svc.cluster.local",
                                      "*.a.x.svc.cluster.local",
                                      "*.b.y",
                                      "*.x.svc.cluster.local",
                                      "*.cluster.local",
                                      "10.0.0.1",
                                      "10.0.0.2",
                                      "www.example.com",
                                      "*.example.com",
                                      "a.example.com",
                                      "b",
                                      "*.com"};
const std::vector<std::string> kNamespaces{"x", "y"};
const std::vector<std::string> kAddresses{"10.0.0.1", "10.0.0.2", "10.0.0.3"};

mesh::ObjectPtr random_service(Dice& dice) {
  const std::vector<std::string> names{"a", "b", "c"};
  auto object =
      mesh::testing::service(dice.of(kNamespaces), dice.of(names), dice.below(3) == 0 ? "None" : dice.of(kAddresses), {"http:80", ":81"});
  if (dice.below(4) != 0) return object;
  return mesh::testing::edited(object, [&](mesh::Object& copy) {
    auto& kube = std::get<mesh::KubeService>(copy.payload);
    kube.type = "ExternalName";
    kube.cluster_ips.clear();
    kube.external_name = dice.of(names) + "." + dice.of(kNamespaces) + ".svc.cluster.local";
  });
}

mesh::ObjectPtr random_entry(Dice& dice, int number) {
  return mesh::testing::service_entry(dice.of(kNamespaces), "se" + std::to_string(number),
                                      R"({"hosts":[")" + dice.of(kHosts) + R"("],"addresses":[")" + dice.of(kAddresses) +
                                          R"("],"ports":[{"number":80,"name":"http","protocol":"HTTP"}],"resolution":"STATIC"})");
}

mesh::ObjectPtr random_virtual_service(Dice& dice, int number) {
  const std::string match = dice.below(3) == 0 ? R"("match":[{"sourceLabels":{"app":"nobody"}}],)" : "";
  return mesh::testing::virtual_service(dice.of(kNamespaces), "vs" + std::to_string(number),
                                        R"({"hosts":[")" + dice.of(kHosts) + "\",\"" + dice.of(kHosts) + R"("],"http":[{)" + match +
                                            R"("route":[{"destination":{"host":"a"}}]}]})");
}

std::vector<mesh::ObjectPtr> random_mesh(Dice& dice) {
  std::map<mesh::ObjectKey, mesh::ObjectPtr> objects;
  const auto put = [&](const mesh::ObjectPtr& object) { objects[object->key] = object; };
  for (std::size_t i = dice.below(6); i > 0; --i) put(random_service(dice));
  for (std::size_t i = dice.below(4); i > 0; --i) put(random_entry(dice, static_cast<int>(i)));
  for (std::size_t i = dice.below(5); i > 0; --i) put(random_virtual_service(dice, static_cast<int>(i)));
  std::vector<mesh::ObjectPtr> out;
  for (const auto& [key, object] : objects) out.push_back(object);
  return out;
}

TEST(DomainConflicts, NoTableHasADomainTwice) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Dice dice(seed);
    testing::RouteWorld world(random_mesh(dice), mesh::testing::proxy(dice.of(kNamespaces)));
    for (const std::string table : {"80", "81", "http_proxy"}) {
      world.run_all(route_table_key(0, table));
      std::set<std::string> domains;
      for (const std::string& name : world.names(Type::kVirtualHost)) {
        if (!name.starts_with(table + "/")) continue;
        const auto host = world.message<VirtualHost>(Type::kVirtualHost, name);
        EXPECT_FALSE(host.domains().empty()) << "seed " << seed << ": " << name;
        for (const std::string& domain : host.domains())
          EXPECT_TRUE(domains.insert(domain).second) << "seed " << seed << ": " << name << " has " << domain;
      }
    }
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace amime::translate
