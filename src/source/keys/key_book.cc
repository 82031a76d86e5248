#include "source/keys/key_book.h"

#include <algorithm>

#include "mesh/key_set_uri.h"
#include "security/v1beta1/request_authentication.pb.h"

namespace amime::source {
namespace {

using istio::security::v1beta1::JWTRule;
using istio::security::v1beta1::RequestAuthentication;

constexpr std::chrono::seconds kTimeout{5};  // JWTRule.timeout says otherwise

mesh::Change change_to(const std::string& uri, const std::string& keys) {
  auto object = std::make_shared<mesh::Object>();
  object->key = {mesh::Kind::kKeySet, "", uri};
  object->payload = mesh::KeySet{keys};
  object->digest = mesh::object_digest(*object);
  return {object->key, std::move(object)};
}

std::chrono::milliseconds timeout_of(const JWTRule& rule) {
  if (!rule.has_timeout()) return kTimeout;
  return std::chrono::seconds(rule.timeout().seconds()) + std::chrono::milliseconds(rule.timeout().nanos() / 1'000'000);
}

}  // namespace

void KeyBook::want(const mesh::Object& policy, KeyTime now, std::vector<mesh::Change>* out) {
  for (const auto& rule : policy.spec<RequestAuthentication>().jwt_rules()) {
    const std::string uri = mesh::key_set_uri(rule);
    if (uri.empty()) continue;
    const auto [at, fresh] = wanted_.try_emplace(uri);
    Wanted& wanted = at->second;
    wanted.by.insert(policy.key);
    wanted.timeout = std::max(wanted.timeout, timeout_of(rule));
    if (!fresh) continue;
    wanted.due = now;
    if (const auto known = remembered_.find(uri); known != remembered_.end()) {
      wanted.keys = known->second;
      out->push_back(change_to(uri, wanted.keys));
    }
  }
}

std::vector<mesh::Change> KeyBook::watch(const std::vector<mesh::Change>& changes, KeyTime now) {
  std::vector<mesh::Change> out;
  for (const auto& [key, object] : changes) {
    if (key.kind != mesh::Kind::kRequestAuthentication) continue;
    for (auto& [uri, wanted] : wanted_) wanted.by.erase(key);
    if (object) want(*object, now, &out);
  }
  for (auto at = wanted_.begin(); at != wanted_.end();) {
    if (!at->second.by.empty()) {
      ++at;
      continue;
    }
    out.push_back({{mesh::Kind::kKeySet, "", at->first}, nullptr});
    at = wanted_.erase(at);
  }
  return out;
}

std::optional<KeyTime> KeyBook::next() const {
  std::optional<KeyTime> out;
  for (const auto& [uri, wanted] : wanted_)
    if (!out || wanted.due < *out) out = wanted.due;
  return out;
}

std::optional<KeyRequest> KeyBook::due(KeyTime now) const {
  for (const auto& [uri, wanted] : wanted_)
    if (wanted.due <= now) return KeyRequest{uri, wanted.timeout};
  return std::nullopt;
}

std::optional<mesh::Change> KeyBook::took(const std::string& uri, const std::string& keys, KeyTime now) {
  const auto at = wanted_.find(uri);
  if (at == wanted_.end()) return std::nullopt;  // nobody asks any more
  Wanted& wanted = at->second;
  wanted.failures = 0;
  wanted.error.clear();
  wanted.due = now + options_.refresh;
  if (wanted.keys == keys) return std::nullopt;
  wanted.keys = keys;
  return change_to(uri, keys);
}

void KeyBook::failed(const std::string& uri, std::string error, KeyTime now) {
  const auto at = wanted_.find(uri);
  if (at == wanted_.end()) return;
  Wanted& wanted = at->second;
  wanted.error = std::move(error);
  wanted.due = now + std::min(options_.last_retry, options_.first_retry * (1 << std::min(wanted.failures, 10)));
  ++wanted.failures;
}

std::vector<KeyStatus> KeyBook::status() const {
  std::vector<KeyStatus> out;
  for (const auto& [uri, wanted] : wanted_) out.push_back({uri, !wanted.keys.empty(), wanted.error});
  return out;
}

}  // namespace amime::source
