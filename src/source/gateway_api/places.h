// Places: what all routes have to say, by listener and host, and the VirtualServices that come of it. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/gateway_api/ingress.h"
#include "source/gateway_api/merge.h"
#include "source/gateway_api/outputs.h"

namespace amime::source::gateway_api {

class Places {
 public:
  // Forgets what the route said.
  void forget(const mesh::ObjectKey& route);
  // A route may come to one place by several of its names or parents; the most specific name counts.
  void add(Place place, Piece piece);
  // Makes the VirtualServices of the places where something changed.
  void settle(Outputs& outputs);

 private:
  void merge_at(const Place& place, Outputs& outputs);

  std::map<Place, std::map<mesh::ObjectKey, std::vector<Piece>>> pieces_;
  std::map<mesh::ObjectKey, std::set<Place>> places_of_;
  std::set<Place> changed_;
};

// The same for Ingresses, by host.
class IngressHosts {
 public:
  void forget(const mesh::ObjectKey& ingress);
  void add(const std::string& host, IngressPiece piece);
  void settle(Outputs& outputs);

 private:
  std::map<std::string, std::map<mesh::ObjectKey, IngressPiece>> pieces_;
  std::map<mesh::ObjectKey, std::set<std::string>> hosts_of_;
  std::set<std::string> changed_;
};

}  // namespace amime::source::gateway_api
