// Plays the xDS side of one Envoy: which requests it sends after each response, in Envoy's order. Knows no transport.
// Clusters first, their endpoints, then listeners (Envoy initialises them once its clusters are warm), their route tables, and the
// tables' virtual hosts where a table says so. Everything is accepted. Owned by one stream; one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "swarm/xds.h"

namespace amime::bench {

// Hashes of names, sorted: a thousand players with thousands of names each must stay small.
class NameSet {
 public:
  bool insert(std::string_view name);  // true: it was not there
  bool erase(std::string_view name);   // true: it was there
  size_t size() const { return hashes_.size(); }
  bool empty() const { return hashes_.empty(); }
  void merge(const std::vector<std::string>& names);

 private:
  std::vector<uint64_t> hashes_;
};

class Player {
 public:
  // node: the encoded core.v3.Node, sent with the first request.
  Player(Protocol protocol, std::string node) : protocol_(protocol), node_(std::move(node)) {}

  Request first();
  // Requests to send, in order.
  std::vector<Request> on_response(const Response& response);
  // All that was asked for has come: every cluster warm, every listener has its table, every table its hosts.
  bool synced() const;

 private:
  std::vector<Request> on_delta(const Response& response);
  std::vector<Request> on_sotw(const Response& response);
  void follow_clusters(const Response& response, std::vector<Request>& out);
  void follow_listeners(const Response& response, std::vector<Request>& out);
  void follow_tables(const Response& response, std::vector<Request>& out);
  void ask_for_listeners_when_warm(std::vector<Request>& out);
  void note_arrival(const Response& response);
  Request ack(const Response& response) const;
  Request ask_all(Type type, std::vector<std::string> names);

  const Protocol protocol_;
  std::string node_;
  std::array<NameSet, kTypes> subscribed_;
  std::array<NameSet, kTypes> awaited_;  // asked for, not come yet
  NameSet cold_tables_;                  // say vhds, and no response named them yet
  std::array<bool, kTypes> asked_{};
  std::array<bool, kTypes> arrived_{};
  std::array<std::string, kTypes> version_;             // sotw
  std::array<std::string, kTypes> nonce_;               // sotw
  std::array<std::vector<std::string>, kTypes> names_;  // sotw: must be repeated in every request
};

}  // namespace amime::bench
