#include "delivery/subscription.h"

#include <algorithm>

#include "delivery/isolation.h"

namespace amime::delivery {
namespace {

// A proxy that answers late (Envoy holds back a type's answers while it warms) leaves several messages open. What is
// older than this counts as settled by whatever is answered later.
constexpr std::size_t kMostUnanswered = 16;
constexpr std::size_t kMostNamed = 5;

std::unique_ptr<Rejection> rejection_of(const Unanswered& message, std::string_view error, const Step& step) {
  auto rejection = std::make_unique<Rejection>();
  rejection->number = message.number;
  rejection->at = std::chrono::system_clock::now();
  rejection->error = error;
  const auto& updated = step.difference().updated;
  auto& named = rejection->resources;
  std::copy_if(updated.begin(), updated.end(), std::back_inserter(named),
               [&](const auto& resource) { return error.find(resource->name) != std::string_view::npos; });
  if (named.empty()) named.assign(updated.begin(), updated.begin() + static_cast<std::ptrdiff_t>(std::min(updated.size(), kMostNamed)));
  for (const auto& resource : named) rejection->objects.insert(rejection->objects.end(), resource->from.begin(), resource->from.end());
  std::sort(rejection->objects.begin(), rejection->objects.end());
  rejection->objects.erase(std::unique(rejection->objects.begin(), rejection->objects.end()), rejection->objects.end());
  return rejection;
}

// What the proxy has, now that it accepted this message. Not simply where the message led: an earlier one may have been
// refused, and then the proxy still has what it had of that.
translate::ResourceSetPtr accepted(const Subscription& s, const Unanswered& message, Selections& selections) {
  const translate::ResourceSetPtr had = s.acked ? s.acked : selections.empty();
  if (had->digest() == message.from->digest()) return message.to;
  const auto step = selections.step(message.from, message.to);
  const auto made = selections.edit(had, step->difference().updated, step->difference().removed);
  return made->digest() == message.to->digest() ? message.to : made;
}

// What messages after number `number` bring or take away.
NamesSince names_since(const Subscription& s, std::uint64_t number, Selections& selections) {
  NamesSince names;
  for (const Unanswered& message : s.unanswered) {
    if (message.number <= number) continue;
    const auto step = selections.step(message.from, message.to);
    for (const auto& resource : step->difference().updated) names.insert(resource->name);
    names.insert(step->difference().removed.begin(), step->difference().removed.end());
  }
  return names;
}

}  // namespace

void note_sent(Subscription& s, const translate::ResourceSetPtr& to, std::uint64_t number,
               const std::shared_ptr<const std::string>& version) {
  if (s.unanswered.size() >= kMostUnanswered) {
    s.unanswered[1].from = s.unanswered[0].from;  // what it brought counts with the next
    s.unanswered.erase(s.unanswered.begin());
  }
  s.unanswered.push_back({number, s.sent, to, version, {}, {}, {}});
  s.sent = to;
  if (s.in_step()) s.unanswered.back().causes = std::exchange(s.causes, {});  // else more is to follow
  if (s.in_step()) s.portion = 0;
  s.owed = s.asked_all = false;
  s.asked = {};
  s.gone = {};
  s.last_number = number;
  s.sent_at = std::chrono::system_clock::now();
  s.sent_version = version;
}

Answer settle(Subscription& s, translate::Type type, std::uint64_t number, bool rejected, std::string_view error, bool whole,
              Selections& selections) {
  const auto at = std::find_if(s.unanswered.begin(), s.unanswered.end(), [&](const Unanswered& m) { return m.number == number; });
  if (at == s.unanswered.end()) {
    if (number != 0 && number == s.acked_number) return Answer::kNone;  // said again, with another subscription
    if (number != 0 && s.rejection && number == s.rejection->number) return Answer::kNone;
    return Answer::kStale;
  }
  if (rejected) {
    for (const auto& cause : at->causes) cause->reject();
    const auto step = selections.step(at->from, at->to);
    s.rejection = rejection_of(*at, error, *step);
    if (refused_as_a_whole(type)) {
      const NamesSince since = names_since(s, at->number, selections);
      if (const auto portion = smaller_portion(units_of(*step)); portion != 0) {
        s.portion = portion;
        s.sent = taken_back(s.sent, *step, since, selections);
      } else {
        s.sent = removals_taken_back(s.sent, *step, since, selections);
      }
    }
  } else {
    s.acked_number = number;
    s.acked_at = std::chrono::system_clock::now();
    s.acked_version = at->version;
    at->from = s.unanswered.front().from;  // those before it are settled too
    s.acked = whole ? at->to : accepted(s, *at, selections);
    if (s.rejection && s.rejection->number < number) s.rejection->current = false;
  }
  s.unanswered.erase(s.unanswered.begin(), at + 1);
  if (s.unanswered.empty()) s.unanswered.shrink_to_fit();
  return rejected ? Answer::kNack : Answer::kAck;
}

}  // namespace amime::delivery
