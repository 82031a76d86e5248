#include "mesh/holds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "mesh/losses.h"
#include "mesh/references.h"
#include "mesh/retain.h"

namespace amime::mesh {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHoldFirst = "amime.dev/hold";
constexpr std::string_view kTimeout = "amime.dev/dangling-timeout";  // "10s", "500ms", "2m", "0", "inf"
constexpr milliseconds kNamedAgain{1'000};                           // how often it is asked whether a route still names it

std::string_view annotation(const Object& object, std::string_view name) {
  const auto found = object.annotations.find(name);
  return found == object.annotations.end() ? std::string_view() : std::string_view(found->second);
}

// Unreadable: the default.
milliseconds dangling_timeout(const Object& object, milliseconds otherwise) {
  const std::string_view text = annotation(object, kTimeout);
  if (text == "inf") return milliseconds(-1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || number < 0 || number > 1'000'000'000) return otherwise;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "ms") return milliseconds(number);
  if (unit == "s" || (unit.empty() && number == 0)) return milliseconds(number * 1'000);
  if (unit == "m") return milliseconds(number * 60'000);
  return otherwise;
}

std::vector<Change> to_changes(const std::map<ObjectKey, ObjectPtr>& changes) {
  std::vector<Change> out;
  for (const auto& [key, object] : changes) out.push_back({key, object});
  return out;
}

bool may_hold(const ObjectPtr& before, const ObjectPtr& after) {
  if (!after) return false;
  if (after->key.kind == Kind::kVirtualService) return before || annotation(*after, kHoldFirst) == "true";
  return before && may_lose(*before, *after);
}

}  // namespace

std::string_view state_name(Hold::What what) {
  switch (what) {
    case Hold::What::kHeld: return "Held";
    case Hold::What::kRetained: return "Retained";
    case Hold::What::kRejected: return "Rejected";
  }
  return "";
}

std::map<ObjectKey, ObjectPtr> Holds::merge(const std::vector<Change>& written) const {
  std::map<ObjectKey, ObjectPtr> changes;
  for (const auto& [key, held] : held_) changes[key] = held.written;
  for (const auto& [key, kept] : kept_) changes[key] = kept.written;
  verdicts_.add_written(changes);
  for (const auto& change : written) changes[change.key] = change.object;
  return changes;
}

std::vector<Change> Holds::take(const Mesh& in_force, const std::vector<Change>& written, HoldTime now) {
  // The first read: nothing is in force yet.
  if (held_.empty() && kept_.empty() && verdicts_.empty() && in_force.size() == 0) return written;
  std::map<ObjectKey, ObjectPtr> changes = merge(written);
  verdicts_.put_back(in_force, changes, now);
  retain_removals(in_force, changes, now);
  hold_dangling(in_force, changes, now);
  verdicts_.note(in_force, changes);
  return to_changes(changes);
}

void Holds::retain_removals(const Mesh& in_force, std::map<ObjectKey, ObjectPtr>& changes, HoldTime now) {
  if (options_.removal_grace.count() == 0) return;
  std::optional<Mesh> next;  // as if nothing were retained
  for (auto& [key, object] : changes) {
    if (verdicts_.contains(key)) continue;
    const auto known = kept_.find(key);
    if (known == kept_.end() && !may_retain(key.kind, object)) continue;
    const ObjectPtr before = in_force.object(key);
    if (!before) continue;
    if (!next) next = in_force.apply(to_changes(changes));
    const bool unchanged = known != kept_.end() && known->second.written == object;
    const ObjectPtr& had = unchanged ? known->second.before : before;
    const Retained kept = retain(*next, had, object);
    const HoldTime since = unchanged ? known->second.since : now;
    HoldTime until = since + options_.removal_grace;
    if (kept.object && until <= now && still_named(in_force, *had, object)) {
      const HoldTime last = since + std::max(options_.dangling_timeout, options_.removal_grace);
      until = options_.dangling_timeout.count() < 0 ? now + kNamedAgain : std::min(now + kNamedAgain, last);
      if (until <= now)
        overdue_.push_back({key, Hold::What::kRetained, known->second.reason + ", and a route still names it", since, until});
    }
    if (!kept.object || until <= now) {
      if (known != kept_.end()) kept_.erase(known);
      continue;
    }
    const bool whole = kept.parts.size() == 1 && kept.parts.front().empty();
    const std::string reason =
        whole ? std::string("deleted; kept for a while") : fmt::format("{} removed; kept for a while", fmt::join(kept.parts, ", "));
    kept_[key] = {object, had, reason, since, until};
    object = kept.object;
  }
}

void Holds::hold_dangling(const Mesh& in_force, std::map<ObjectKey, ObjectPtr>& changes, HoldTime now) {
  std::map<ObjectKey, Held> held = std::exchange(held_, {});
  std::set<ObjectKey> let_go;
  // Holding one back may leave another dangling, so again until nothing more is held.
  for (bool again = true; again;) {
    again = false;
    std::optional<Mesh> next;
    for (auto at = changes.begin(); at != changes.end();) {
      const auto here = at++;
      const auto& [key, object] = *here;
      const ObjectPtr before = in_force.object(key);
      if (!may_hold(before, object) || let_go.contains(key) || verdicts_.contains(key)) continue;
      if (!next) next = in_force.apply(to_changes(changes));
      const std::string reason = why_hold(in_force, *next, before, object);
      if (reason.empty()) continue;
      const auto known = held.find(key);
      const HoldTime since = known != held.end() && known->second.written->digest == object->digest ? known->second.since : now;
      if (const auto end = until(since, *object); end && *end <= now) {
        overdue_.push_back({key, Hold::What::kHeld, reason, since, end});
        let_go.insert(key);
        continue;
      }
      held_[key] = {object, reason, since};
      changes.erase(here);
      again = true;
    }
  }
}

std::string Holds::why_hold(const Mesh& in_force, const Mesh& next, const ObjectPtr& before, const ObjectPtr& after) const {
  if (after->key.kind != Kind::kVirtualService) return loss(in_force, next, before, *after);
  const std::vector<std::string> now = dangling(next, *after);
  if (now.empty()) return "";
  const std::vector<std::string> then = before ? dangling(next, *before) : std::vector<std::string>();
  std::vector<std::string> fresh;
  std::set_difference(now.begin(), now.end(), then.begin(), then.end(), std::back_inserter(fresh));
  return fmt::format("{}", fmt::join(fresh, "; "));
}

std::optional<HoldTime> Holds::until(HoldTime since, const Object& object) const {
  const milliseconds timeout = dangling_timeout(object, options_.dangling_timeout);
  if (timeout.count() < 0) return std::nullopt;
  return since + timeout;
}

std::optional<HoldTime> Holds::next() const {
  std::optional<HoldTime> next;
  const auto at = [&](const std::optional<HoldTime>& time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const auto& [key, held] : held_) at(until(held.since, *held.written));
  for (const auto& [key, kept] : kept_) at(kept.until);
  return next;
}

void Holds::reject(const Mesh& in_force, const std::vector<Verdict>& verdicts, HoldTime now) {
  for (const auto& verdict : verdicts) {
    ObjectPtr version = in_force.object(verdict.key);
    if (!version || version->digest != verdict.digest || verdicts_.contains(verdict.key)) continue;  // edited meanwhile
    // What was written of it: less than what is in force, if something of it is retained.
    const auto kept = kept_.find(verdict.key);
    if (kept != kept_.end() && !kept->second.written) {  // deleted: it goes at once
      kept->second.since = HoldTime();
      continue;
    }
    if (kept != kept_.end()) {
      version = kept->second.written;
      kept_.erase(kept);
    }
    verdicts_.reject(verdict, version, now);
  }
}

std::vector<Verdict> Holds::verdicts() const {
  std::vector<Verdict> out;
  for (const auto& [key, rejected] : verdicts_.rejected())
    if (rejected.written) out.push_back({key, rejected.written->digest, rejected.reason});
  return out;
}

std::vector<Hold> Holds::list() const {
  std::vector<Hold> out;
  for (const auto& [key, held] : held_) out.push_back({key, Hold::What::kHeld, held.reason, held.since, until(held.since, *held.written)});
  for (const auto& [key, kept] : kept_) out.push_back({key, Hold::What::kRetained, kept.reason, kept.since, kept.until});
  for (const auto& [key, rejected] : verdicts_.rejected())
    out.push_back({key, Hold::What::kRejected, rejected.reason, rejected.since, std::nullopt});
  return out;
}

}  // namespace amime::mesh
