#include "golden/golden_case.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/tree.h"
#include "source/gateway_api/conversion.h"
#include "source/parse.h"

namespace amime::test {
namespace {

namespace fs = std::filesystem;

void load_objects(const fs::path& file, GoldenCase& out) {
  auto parsed = source::parse_documents(read_text(file), file.filename().string());
  for (auto& object : parsed.objects)
    if (object.object) out.objects.push_back(std::move(object.object));
  for (const auto& problem : parsed.problems)
    if (problem.severity == source::Severity::kError) out.errors.push_back(source::to_string(problem));
}

// As between a source and the hub.
void add_derived(GoldenCase& out) {
  std::vector<mesh::Change> changes;
  for (const auto& object : out.objects) changes.push_back({object->key, object});
  const std::size_t written = changes.size();
  source::gateway_api::Conversion().add_derived(changes);
  for (std::size_t i = written; i < changes.size(); ++i) out.objects.push_back(std::move(changes[i].object));
}

mesh::InterceptionMode interception(const std::string& text) {
  return text == "NONE" ? mesh::InterceptionMode::kNone : mesh::InterceptionMode::kRedirect;
}

const char kStockExtensions[] =
#include "golden/envoy_extensions.inc"
    ;

// As an Envoy of another build or version lists them.
mesh::ExtensionsPtr extensions(const base::Tree& tree) {
  if (!tree.find("with") && !tree.find("without")) return nullptr;
  std::set<std::string> names;
  std::istringstream stock(kStockExtensions);
  for (std::string line; std::getline(stock, line);)
    if (!line.empty()) names.insert(line);
  for (const auto& item : tree["without"].items()) names.erase(item.text());
  for (const auto& item : tree["with"].items()) names.insert(item.text());
  const std::vector<std::string_view> views(names.begin(), names.end());
  return std::make_shared<const mesh::Extensions>(views);
}

}  // namespace

std::string read_text(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

GoldenProxy read_proxy(const base::Tree& tree) {
  GoldenProxy proxy;
  auto text = [&](const char* key, const char* otherwise) { return tree.find(key) ? tree[key].text() : std::string(otherwise); };
  proxy.name = text("name", "client");
  auto& facts = proxy.facts;
  facts.type = text("type", "sidecar") == "router" ? mesh::ProxyType::kRouter : mesh::ProxyType::kSidecar;
  facts.ns = text("namespace", "default");
  facts.id = proxy.name + "." + facts.ns;
  facts.ips = {text("ip", "10.0.0.1")};
  if (tree.find("ipv6")) facts.ips.push_back(tree["ipv6"].text());
  facts.dns_domain = facts.ns + ".svc.cluster.local";
  facts.cluster_id = "Kubernetes";
  facts.workload = proxy.name;
  facts.interception = interception(text("mode", "REDIRECT"));
  facts.locality = mesh::parse_locality(text("locality", ""));
  facts.bind_address = text("bind", "");
  facts.inbound_address = text("inbound", "");
  facts.app_address = text("app", "");
  facts.istio_version = text("version", "");
  facts.dns_capture = facts.asks_names = tree.find("dns") && tree["dns"].text() == "true";
  auto metadata = std::make_shared<std::map<std::string, std::string>>();
  for (const auto& entry : tree["metadata"].entries()) metadata->emplace(entry.key, entry.value.text());
  facts.metadata = std::move(metadata);
  facts.extensions = extensions(tree);
  facts.envoy_minor = std::atoi(text("envoy", "0").c_str());
  proxy.judged = !tree.find("with");
  for (const auto& label : tree["labels"].entries()) facts.labels[label.key] = label.value.text();
  return proxy;
}

std::vector<fs::path> golden_folders(const fs::path& root) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(root))
    if (fs::exists(entry.path() / "in.yaml")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

GoldenCase load_case(const fs::path& folder) {
  GoldenCase out;
  out.folder = folder;
  load_objects(folder / "in.yaml", out);
  if (fs::exists(folder / "mesh-config.yaml")) {
    auto parsed = source::parse_mesh_config(read_text(folder / "mesh-config.yaml"), "mesh-config.yaml");
    for (auto& object : parsed.objects)
      if (object.object) out.objects.push_back(std::move(object.object));
    for (const auto& problem : parsed.problems) out.errors.push_back(source::to_string(problem));
  }
  add_derived(out);
  std::string proxies = fs::exists(folder / "proxies.yaml") ? read_text(folder / "proxies.yaml") : "[{name: client}]";
  for (const auto& document : base::parse_yaml(proxies))
    for (const auto& item : document.tree.items()) out.proxies.push_back(read_proxy(item));
  return out;
}

void feed(translate::Engine& engine, const std::vector<mesh::ObjectPtr>& objects) {
  std::vector<mesh::Change> changes;
  for (const auto& object : objects) changes.push_back({object->key, object});
  feed(engine, changes);
}

void feed(translate::Engine& engine, const std::vector<mesh::Change>& changes) {
  mesh::ChangeSet set;
  auto next = engine.mesh().apply(changes, &set);
  engine.update(std::move(next), set);
}

}  // namespace amime::test
