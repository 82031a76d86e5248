#include "source/gateway_api/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "networking/v1alpha3/virtual_service.pb.h"
#include "source/gateway_api/derived.h"
#include "source/gateway_api/hostnames.h"

namespace amime::source::gateway_api {
namespace {

namespace api = istio::networking::v1alpha3;
using StringMatch = api::StringMatch;

struct Rule {
  const Piece* piece;
  const api::HTTPRoute* route;
};

// The higher the earlier.
auto match_rank(const api::HTTPRoute& route) {
  const auto& match = route.match(0);
  const auto& uri = match.uri();
  int kind = 0;
  std::size_t length = 0;
  switch (uri.match_type_case()) {
    case StringMatch::kExact: kind = 3, length = uri.exact().size(); break;
    case StringMatch::kPrefix: kind = 2, length = uri.prefix().size(); break;
    case StringMatch::kRegex: kind = 1, length = uri.regex().size(); break;
    case StringMatch::MATCH_TYPE_NOT_SET: break;
  }
  return std::tuple(kind, length, match.has_method(), match.headers_size(), match.query_params_size());
}

bool comes_first(const Rule& a, const Rule& b) {
  if (a.piece->wanted != b.piece->wanted) {
    if (more_specific(a.piece->wanted, b.piece->wanted)) return true;
    if (more_specific(b.piece->wanted, a.piece->wanted)) return false;
  }
  return match_rank(*a.route) > match_rank(*b.route);
}

bool older(const Piece* a, const Piece* b) {
  const auto order = [](const Piece* piece) {
    const auto& route = *piece->route;
    return std::tie(route.created, route.key.ns, route.key.name, route.key.kind);
  };
  return order(a) < order(b);
}

std::string name_of(const Place& place) {
  std::string out =
      place.gateway == "mesh" ? fmt::format("mesh/{}/{}", place.host, kGatewaySuffix) : fmt::format("{}/{}", place.gateway, place.host);
  std::replace(out.begin(), out.end(), '/', '~');  // which no user's object has in its name
  return out;
}

}  // namespace

mesh::ObjectPtr merge(const Place& place, std::vector<const Piece*> pieces) {
  std::stable_sort(pieces.begin(), pieces.end(), older);
  std::vector<Rule> rules;
  for (const Piece* piece : pieces)
    for (const auto& route : piece->rules) rules.push_back({piece, route.get()});
  std::stable_sort(rules.begin(), rules.end(), comes_first);
  auto spec = std::make_shared<api::VirtualService>();
  spec->add_hosts(place.host);
  spec->add_gateways(place.gateway);
  spec->add_export_to(place.ns.empty() ? "*" : ".");
  for (const Rule& rule : rules) {
    auto* http = spec->add_http();
    *http = *rule.route;
    if (rule.piece->port != 0) http->mutable_match(0)->set_port(rule.piece->port);
  }
  std::vector<mesh::ObjectPtr> from;
  for (const Piece* piece : pieces)
    if (from.empty() || from.back() != piece->route) from.push_back(piece->route);
  const auto& base = *pieces.front()->route;
  // What a namespace says for its own clients comes before what the Service's namespace says for all.
  const std::int64_t created = place.ns.empty() ? base.created : -1;
  return make_derived({mesh::Kind::kVirtualService, base.key.ns, name_of(place)}, std::move(spec), from, "", created);
}

}  // namespace amime::source::gateway_api
