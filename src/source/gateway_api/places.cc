#include "source/gateway_api/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "source/gateway_api/hostnames.h"

namespace amime::source::gateway_api {

using mesh::ObjectKey;
using mesh::ObjectPtr;

void Places::forget(const ObjectKey& route) {
  const auto places = places_of_.extract(route);
  if (places.empty()) return;
  for (const auto& place : places.mapped()) {
    pieces_[place].erase(route);
    changed_.insert(place);
  }
}

void Places::add(Place place, Piece piece) {
  if (piece.rules.empty()) return;
  const ObjectKey route = piece.route->key;
  auto& mine = pieces_[place][route];
  const auto same = std::find_if(mine.begin(), mine.end(), [&](const Piece& other) { return other.port == piece.port; });
  if (same == mine.end())
    mine.push_back(std::move(piece));
  else if (more_specific(piece.wanted, same->wanted))
    *same = std::move(piece);
  changed_.insert(place);
  places_of_[route].insert(std::move(place));
}

void Places::settle(Outputs& outputs) {
  for (const auto& place : std::exchange(changed_, {})) merge_at(place, outputs);
}

void Places::merge_at(const Place& place, Outputs& outputs) {
  const auto found = pieces_.find(place);
  std::vector<const Piece*> pieces;
  for (const auto& [route, mine] : found->second)
    for (const auto& piece : mine) pieces.push_back(&piece);
  std::vector<ObjectPtr> made;
  if (!pieces.empty()) made.push_back(merge(place, std::move(pieces)));
  outputs.set(fmt::format("{} {} {}", place.gateway, place.host, place.ns), made);
  if (made.empty()) pieces_.erase(found);
}

void IngressHosts::forget(const ObjectKey& ingress) {
  const auto hosts = hosts_of_.extract(ingress);
  if (hosts.empty()) return;
  for (const auto& host : hosts.mapped()) {
    pieces_[host].erase(ingress);
    changed_.insert(host);
  }
}

void IngressHosts::add(const std::string& host, IngressPiece piece) {
  if (piece.routes.empty()) return;
  const ObjectKey ingress = piece.ingress->key;
  pieces_[host][ingress] = std::move(piece);
  hosts_of_[ingress].insert(host);
  changed_.insert(host);
}

void IngressHosts::settle(Outputs& outputs) {
  for (const auto& host : std::exchange(changed_, {})) {
    std::vector<const IngressPiece*> pieces;
    for (const auto& [ingress, piece] : pieces_[host]) pieces.push_back(&piece);
    std::vector<ObjectPtr> made;
    if (!pieces.empty()) made.push_back(merge_ingresses(host, std::move(pieces)));
    outputs.set("ingress " + host, made);
    if (made.empty()) pieces_.erase(host);
  }
}

}  // namespace amime::source::gateway_api
