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
  std::vector<translate::ResourcePtr> named;
  std::copy_if(updated.begin(), updated.end(), std::back_inserter(named),
               [&](const auto& resource) { return error.find(resource->name) != std::string_view::npos; });
  if (named.empty()) named.assign(updated.begin(), updated.begin() + static_cast<std::ptrdiff_t>(std::min(updated.size(), kMostNamed)));
  for (const auto& resource : named) {
    rejection->resources.push_back(resource->name);
    rejection->objects.insert(rejection->objects.end(), resource->from.begin(), resource->from.end());
  }
  std::sort(rejection->objects.begin(), rejection->objects.end());
  rejection->objects.erase(std::unique(rejection->objects.begin(), rejection->objects.end()), rejection->objects.end());
  return rejection;
}

}  // namespace

void note_sent(Subscription& s, const translate::ResourceSetPtr& to, std::uint64_t number,
               const std::shared_ptr<const std::string>& version) {
  if (s.unanswered.size() >= kMostUnanswered) s.unanswered.erase(s.unanswered.begin());
  s.unanswered.push_back({number, s.sent, to, version, std::move(s.causes)});
  s.causes.clear();
  s.sent = to;
  if (s.in_step()) s.portion = 0;
  s.owed = s.asked_all = false;
  s.asked = {};
  s.gone = {};
  s.last_number = number;
  s.sent_at = std::chrono::system_clock::now();
  s.sent_version = version;
}

Answer settle(Subscription& s, translate::Type type, std::uint64_t number, bool rejected, std::string_view error, Selections& selections) {
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
      if (const auto portion = smaller_portion(units_of(type, step->difference())); portion != 0) {
        s.portion = portion;
        s.sent = taken_back(s.sent, *step, selections);
      }
    }
  } else {
    s.acked_number = number;
    s.acked_at = std::chrono::system_clock::now();
    s.acked_version = at->version;
    s.acked = at->to;
    if (s.rejection && s.rejection->number < number) s.rejection->current = false;
  }
  s.unanswered.erase(s.unanswered.begin(), at + 1);
  if (s.unanswered.empty()) s.unanswered.shrink_to_fit();
  return rejected ? Answer::kNack : Answer::kAck;
}

}  // namespace amime::delivery
