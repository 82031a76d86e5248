#include "swarm/player.h"

#include <algorithm>

#include <xxhash.h>

namespace amime::bench {
namespace {

uint64_t hash_of(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }

// TABLE of a virtual host's resource name TABLE/NAME.
std::string_view table_of(std::string_view host) { return host.substr(0, host.rfind('/') == std::string_view::npos ? 0 : host.rfind('/')); }

bool is_initial_type(Type type) { return type == Type::cds || type == Type::lds; }

}  // namespace

bool NameSet::insert(std::string_view name) {
  const uint64_t hash = hash_of(name);
  const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
  if (at != hashes_.end() && *at == hash) return false;
  hashes_.insert(at, hash);
  return true;
}

bool NameSet::erase(std::string_view name) {
  const uint64_t hash = hash_of(name);
  const auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
  if (at == hashes_.end() || *at != hash) return false;
  hashes_.erase(at);
  return true;
}

void NameSet::merge(const std::vector<std::string>& names) {
  hashes_.reserve(hashes_.size() + names.size());
  for (const std::string& name : names) hashes_.push_back(hash_of(name));
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
}

Request Player::first() {
  asked_[index(Type::cds)] = true;
  return Request{.type = Type::cds, .node = node_};
}

std::vector<Request> Player::on_response(const Response& response) {
  note_arrival(response);
  return protocol_ == Protocol::delta ? on_delta(response) : on_sotw(response);
}

bool Player::synced() const {
  for (Type type : {Type::cds, Type::lds}) {
    if (!arrived_[index(type)]) return false;
  }
  return awaited_[index(Type::eds)].empty() && awaited_[index(Type::rds)].empty() && cold_tables_.empty();
}

void Player::note_arrival(const Response& response) {
  arrived_[index(response.type)] = true;
  NameSet& awaited = awaited_[index(response.type)];
  if (response.type == Type::vhds) {
    for (const Item& item : response.items) cold_tables_.erase(table_of(item.name));
    for (std::string_view name : response.removed) cold_tables_.erase(table_of(name));
    return;
  }
  if (awaited.empty()) return;
  for (const Item& item : response.items) awaited.erase(name_of(response.type, item.value));
}

Request Player::ack(const Response& response) const {
  Request request{.type = response.type, .nonce = std::string(response.nonce)};
  if (protocol_ == Protocol::sotw) {
    request.version = response.version;
    request.subscribe = names_[index(response.type)];
  }
  return request;
}

// A delta proxy subscribes first and then acknowledges, as Envoy 1.40 does.
std::vector<Request> Player::on_delta(const Response& response) {
  std::vector<Request> out;
  if (response.type == Type::cds) follow_clusters(response, out);
  if (response.type == Type::lds) follow_listeners(response, out);
  if (response.type == Type::rds) follow_tables(response, out);
  out.push_back(ack(response));
  ask_for_listeners_when_warm(out);
  return out;
}

void Player::follow_clusters(const Response& response, std::vector<Request>& out) {
  Request request{.type = Type::eds};
  NameSet& subscribed = subscribed_[index(Type::eds)];
  const bool first = subscribed.empty();
  for (const Item& item : response.items) {
    const std::string_view name = eds_name_of(item.value);
    if (!name.empty() && (first || subscribed.insert(name))) request.subscribe.emplace_back(name);
  }
  if (first) subscribed.merge(request.subscribe);
  for (std::string_view name : response.removed) {
    if (subscribed.erase(name)) request.unsubscribe.emplace_back(name);
  }
  if (request.subscribe.empty() && request.unsubscribe.empty()) return;
  awaited_[index(Type::eds)].merge(request.subscribe);
  for (const std::string& name : request.unsubscribe) awaited_[index(Type::eds)].erase(name);
  out.push_back(std::move(request));
}

void Player::follow_listeners(const Response& response, std::vector<Request>& out) {
  Request request{.type = Type::rds};
  for (const Item& item : response.items) {
    for (std::string_view table : tables_of(item.value)) {
      if (subscribed_[index(Type::rds)].insert(table)) request.subscribe.emplace_back(table);
    }
  }
  if (request.subscribe.empty()) return;
  awaited_[index(Type::rds)].merge(request.subscribe);
  out.push_back(std::move(request));
}

void Player::follow_tables(const Response& response, std::vector<Request>& out) {
  for (const Item& item : response.items) {
    if (!has_vhds(item.value)) continue;
    const std::string_view table = name_of(Type::rds, item.value);
    if (subscribed_[index(Type::vhds)].insert(table)) cold_tables_.insert(table);
    if (asked_[index(Type::vhds)]) continue;
    asked_[index(Type::vhds)] = true;  // once for all tables, without names
    out.push_back(Request{.type = Type::vhds});
  }
}

void Player::ask_for_listeners_when_warm(std::vector<Request>& out) {
  if (asked_[index(Type::lds)] || !awaited_[index(Type::eds)].empty()) return;
  asked_[index(Type::lds)] = true;
  out.push_back(Request{.type = Type::lds});
}

Request Player::ask_all(Type type, std::vector<std::string> names) {
  NameSet now;
  now.merge(names);
  for (const std::string& name : names) {
    if (subscribed_[index(type)].insert(name)) awaited_[index(type)].insert(name);
  }
  subscribed_[index(type)] = std::move(now);
  names_[index(type)] = names;
  return Request{.type = type, .version = version_[index(type)], .nonce = nonce_[index(type)], .subscribe = std::move(names)};
}

// Every push of clusters or listeners makes Envoy ask again for what they name.
std::vector<Request> Player::on_sotw(const Response& response) {
  version_[index(response.type)] = response.version;
  nonce_[index(response.type)] = response.nonce;
  std::vector<Request> out;
  if (is_initial_type(response.type)) {
    std::vector<std::string> names;
    for (const Item& item : response.items) {
      if (response.type == Type::cds) {
        if (const std::string_view name = eds_name_of(item.value); !name.empty()) names.emplace_back(name);
      } else {
        for (std::string_view table : tables_of(item.value)) names.emplace_back(table);
      }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (!names.empty()) out.push_back(ask_all(response.type == Type::cds ? Type::eds : Type::rds, std::move(names)));
  }
  out.push_back(ack(response));
  ask_for_listeners_when_warm(out);
  return out;
}

}  // namespace amime::bench
