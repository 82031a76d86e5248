#include "source/gateway_api/outputs.h"

#include <utility>

namespace amime::source::gateway_api {

void Outputs::set(const std::string& slot, const std::vector<mesh::ObjectPtr>& objects) {
  Made next;
  for (const auto& object : objects) next[object->key] = object;
  Made& made = slots_[slot];
  for (const auto& [key, object] : next)
    if (const auto old = made.find(key); old == made.end() || old->second->digest != object->digest) changed_[key] = object;
  for (const auto& [key, object] : made)
    if (!next.contains(key)) changed_.emplace(key, nullptr);  // unless another slot makes it now
  made = std::move(next);
  if (made.empty()) slots_.erase(slot);
}

void Outputs::take(std::vector<mesh::Change>& out) {
  for (auto& [key, object] : std::exchange(changed_, {})) out.push_back({key, std::move(object)});
}

std::map<mesh::ObjectKey, mesh::ObjectPtr> Outputs::all() const {
  Made out;
  for (const auto& [slot, made] : slots_) out.insert(made.begin(), made.end());
  return out;
}

}  // namespace amime::source::gateway_api
