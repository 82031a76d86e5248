#include "mesh/verdicts.h"

#include <algorithm>
#include <utility>

namespace amime::mesh {
namespace {

constexpr std::size_t kMostBefore = 3;

// Without it requests go another way, but none goes unprotected.
bool shapes_traffic(Kind kind) {
  switch (kind) {
    case Kind::kVirtualService:
    case Kind::kDestinationRule:
    case Kind::kGateway:
    case Kind::kServiceEntry:
    case Kind::kWorkloadEntry:
    case Kind::kSidecar:
    case Kind::kEnvoyFilter:
    case Kind::kTelemetry: return true;
    default: return false;
  }
}

bool same(const ObjectPtr& a, const ObjectPtr& b) { return a == b || (a && b && a->digest == b->digest); }

}  // namespace

void Verdicts::reject(const Verdict& verdict, const ObjectPtr& written, Time now) {
  ObjectPtr instead;
  if (const auto before = before_.find(verdict.key); before != before_.end()) {
    instead = before->second.back();
    before->second.pop_back();
    if (before->second.empty()) before_.erase(before);
  }
  rejected_[verdict.key] = {written, std::move(instead), verdict.reason, now};
}

void Verdicts::add_written(Changes& changes) const {
  for (const auto& [key, rejected] : rejected_) changes.try_emplace(key, rejected.written);
}

void Verdicts::put_back(const Mesh& in_force, Changes& changes, Time now) {
  for (auto& verdict : std::exchange(remembered_, {})) {
    const auto change = changes.find(verdict.key);
    if (change == changes.end() || !change->second || change->second->digest != verdict.digest) continue;
    rejected_[verdict.key] = {change->second, in_force.object(verdict.key), std::move(verdict.reason), now};
  }
  for (auto at = rejected_.begin(); at != rejected_.end();) {
    ObjectPtr& version = changes[at->first];
    if (same(version, at->second.written)) {
      version = at->second.instead;
      ++at;
    } else {
      at = rejected_.erase(at);
    }
  }
}

void Verdicts::note(const Mesh& in_force, const Changes& changes) {
  for (const auto& [key, next] : changes) {
    if (!shapes_traffic(key.kind) || contains(key)) continue;
    if (!next) {
      before_.erase(key);
      continue;
    }
    ObjectPtr now = in_force.object(key);
    if (!now || same(now, next)) continue;
    auto& before = before_[key];
    if (before.size() == kMostBefore) before.erase(before.begin());
    before.push_back(std::move(now));
  }
}

std::vector<Suspect> Verdicts::suspects(const Mesh& in_force, const std::vector<ObjectKey>& keys) const {
  std::vector<Suspect> out;
  for (const auto& key : keys) {
    if (!shapes_traffic(key.kind)) continue;
    ObjectPtr version = in_force.object(key);
    if (!version) continue;
    const auto before = before_.find(key);
    out.push_back({std::move(version), before == before_.end() ? nullptr : before->second.back(), before != before_.end()});
  }
  return out;
}

}  // namespace amime::mesh
