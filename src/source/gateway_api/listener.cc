#include "source/gateway_api/listener.h"

#include <fmt/format.h>

#include <algorithm>

namespace amime::source::gateway_api {
namespace {

using mesh::Kind;

constexpr char kNameLabel[] = "kubernetes.io/metadata.name";

std::vector<std::string> kinds_of(const Listener& listener) {
  if (listener.protocol == "HTTP" || listener.protocol == "HTTPS") return {"GRPCRoute", "HTTPRoute"};
  if (listener.protocol == "TCP") return {"TCPRoute"};
  if (listener.protocol != "TLS") return {};
  return {listener.tls && listener.tls->passthrough ? "TLSRoute" : "TCPRoute"};
}

}  // namespace

bool BoundListener::admits(std::string_view ns) const {
  return all_namespaces || std::binary_search(namespaces.begin(), namespaces.end(), ns);
}

std::vector<Condition> good_listener() {
  return {{"Accepted", true, "Accepted", "No errors found"},
          {"Programmed", true, "Programmed", "No errors found"},
          {"Conflicted", false, "NoConflicts", "No errors found"},
          {"ResolvedRefs", true, "ResolvedRefs", "No errors found"}};
}

std::vector<std::string> allowed_namespaces(Reads& reads, const AllowedNamespaces& allowed, const std::string& own) {
  if (allowed.from == From::kNone) return {};
  if (allowed.from == From::kSame) return {own};
  if (allowed.from == From::kAll) return {"*"};
  std::vector<std::string> out;
  for (const auto& ns : reads.all(Kind::kNamespace)) {
    mesh::Labels labels = ns->labels;
    labels[kNameLabel] = ns->key.name;  // as the API server has it
    if (allowed.selector.selects(labels)) out.push_back(ns->key.name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void set_admission(Reads& reads, const Listener& listener, const std::string& ns, BoundListener& out, std::vector<Condition>& conditions) {
  out.namespaces = allowed_namespaces(reads, listener.namespaces, ns);
  out.all_namespaces = out.namespaces == std::vector<std::string>{"*"};
  const auto possible = kinds_of(listener);
  if (listener.kinds.empty()) {
    out.kinds = possible;
    return;
  }
  for (const auto& kind : listener.kinds) {
    if (kind.group == kGroup && std::find(possible.begin(), possible.end(), kind.kind) != possible.end()) {
      out.kinds.push_back(kind.kind);
    } else {
      fail(conditions, "ResolvedRefs", "InvalidRouteKinds",
           fmt::format("a listener of protocol {} has no {}", listener.protocol, kind.kind));
    }
  }
}

}  // namespace amime::source::gateway_api
