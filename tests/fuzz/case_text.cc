#include "fuzz/case_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "source/gateway_api/conversion.h"
#include "source/names.h"
#include "source/parse.h"

namespace amime::test {
namespace {

constexpr std::size_t kMostProxies = 6;

source::ParseOptions options() {
  source::ParseOptions options;
  options.limits.nodes = 10'000;
  return options;
}

// Of what is not in force, an error says where the reason stands.
std::string unexplained(const source::ParsedFile& parsed) {
  for (const auto& problem : parsed.problems)
    if (problem.severity == source::Severity::kError && (problem.line <= 0 || problem.message.empty()))
      return "no line or no message: " + source::to_string(problem);
  for (const auto& object : parsed.objects) {
    const auto explains = [&](const source::Problem& p) {
      return p.severity == source::Severity::kError && (!p.key || *p.key == object.key);
    };
    if (!object.object && std::none_of(parsed.problems.begin(), parsed.problems.end(), explains))
      return fmt::format("{} is refused, and no problem says why", mesh::to_string(object.key));
  }
  return {};
}

void take(source::ParsedFile parsed, CaseText& out) {
  if (out.wrong.empty()) out.wrong = unexplained(parsed);
  for (auto& object : parsed.objects)
    if (object.object) out.objects.push_back(std::move(object.object));
}

void add_derived(CaseText& out) {
  std::vector<mesh::Change> changes;
  for (const auto& object : out.objects) changes.push_back({object->key, object});
  const std::size_t written = changes.size();
  source::gateway_api::Conversion().add_derived(changes);
  for (std::size_t i = written; i < changes.size(); ++i)
    if (changes[i].object) out.objects.push_back(std::move(changes[i].object));
}

// A proxy says its address itself, and delivery does not check what it says.
bool is_good(const GoldenProxy& proxy) {
  const auto& facts = proxy.facts;
  const auto is_address = [](const std::string& text) { return text.empty() || source::is_ip(text); };
  return std::all_of(facts.ips.begin(), facts.ips.end(), source::is_ip) && is_address(facts.bind_address) &&
         is_address(facts.inbound_address) && is_address(facts.app_address);
}

void add_proxies(const std::vector<base::Tree>& documents, CaseText& out) {
  for (const auto& document : documents)
    for (const auto& item : document.items())
      if (GoldenProxy proxy = read_proxy(item); item.is_map() && is_good(proxy) && out.proxies.size() < kMostProxies)
        out.proxies.push_back(std::move(proxy));
  const auto lacks = [&](mesh::ProxyType type) {
    return std::none_of(out.proxies.begin(), out.proxies.end(), [&](const auto& proxy) { return proxy.facts.type == type; });
  };
  static const auto documents_of_default =
      base::parse_yaml("[{name: client}, {name: edge, type: router, namespace: istio-system, labels: {istio: ingressgateway}}]");
  const auto standard = documents_of_default[0].tree.items();
  if (lacks(mesh::ProxyType::kSidecar)) out.proxies.push_back(read_proxy(standard[0]));
  if (lacks(mesh::ProxyType::kRouter)) out.proxies.push_back(read_proxy(standard[1]));
}

std::vector<base::TreeDocument> parse(std::string_view text) {
  if (base::looks_like_json(text)) return base::parse_json(text, options().limits);
  std::vector<base::TreeDocument> out;
  for (const auto& part : base::split_documents(text))
    for (auto& document : base::parse_yaml(text.substr(part.offset, part.size), part.line, options().limits))
      out.push_back(std::move(document));
  return out;
}

}  // namespace

std::vector<base::Tree> documents_of(std::string_view text) {
  std::vector<base::Tree> out;
  if (base::invalid_utf8_line(text)) return out;
  for (auto& document : parse(text))
    if (document.errors.empty() && !document.tree.is_null()) out.push_back(std::move(document.tree));
  return out;
}

bool is_mesh_config(const base::Tree& document) { return document.is_map() && !document.find("kind") && !document.find("apiVersion"); }

CaseText read_case_text(std::string_view text) {
  CaseText out;
  const auto documents = documents_of(text);
  take(source::parse_documents(text, "case.yaml", options()), out);
  for (const auto& document : documents)
    if (is_mesh_config(document)) take(source::parse_mesh_config(base::to_json(document), "mesh-config.yaml", options()), out);
  for (const auto& object : out.objects) out.patched |= object->key.kind == mesh::Kind::kEnvoyFilter;
  add_derived(out);
  add_proxies(documents, out);
  return out;
}

std::string case_text(const std::filesystem::path& folder) {
  std::string out;
  for (const char* file : {"in.yaml", "mesh-config.yaml", "proxies.yaml"})
    if (const std::string text = read_text(folder / file); !text.empty()) out += "---\n" + text + (text.ends_with('\n') ? "" : "\n");
  return out;
}

}  // namespace amime::test
