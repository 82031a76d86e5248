#include "source/gateway_api/status_board.h"

namespace amime::source::gateway_api {

using mesh::ObjectKey;

void StatusBoard::set(const ObjectKey& unit, StatusMap statuses) {
  std::set<ObjectKey>& keys = keys_of_[unit];
  for (const auto& key : keys) {
    if (statuses.contains(key)) continue;
    statuses_.erase(key);
    changed_.insert(key);
  }
  keys.clear();
  for (auto& [key, status] : statuses) {
    keys.insert(key);
    changed_.insert(key);
    statuses_[key] = std::move(status);
  }
  if (keys.empty()) keys_of_.erase(unit);
}

void StatusBoard::set_attached(const ObjectKey& route, std::set<ListenerName> listeners) {
  std::set<ListenerName>& old = attached_[route];
  if (old == listeners) return;
  count(old, -1);
  count(listeners, 1);
  if (listeners.empty())
    attached_.erase(route);
  else
    old = std::move(listeners);
}

void StatusBoard::count(const std::set<ListenerName>& listeners, int by) {
  for (const auto& name : listeners) {
    if ((counts_[name] += by) == 0) counts_.erase(name);
    changed_.insert(name.first);
  }
}

void StatusBoard::publish() {
  if (changed_.empty()) return;
  std::lock_guard lock(mutex_);
  for (const auto& key : changed_) {
    const auto found = statuses_.find(key);
    if (found == statuses_.end()) {
      published_.erase(key);
      continue;
    }
    for (auto& part : found->second.parts)
      if (const auto counted = counts_.find({key, part.part}); counted != counts_.end())
        part.attached = counted->second;
      else
        part.attached = 0;
    published_[key] = std::make_shared<const ObjectStatus>(found->second);
  }
  changed_.clear();
}

Statuses StatusBoard::get() const {
  std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace amime::source::gateway_api
