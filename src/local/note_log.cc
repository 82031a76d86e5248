#include "local/note_log.h"

#include <fmt/format.h>

#include "base/log.h"
#include "delivery/hub.h"

namespace amime::local {

std::string sentence(const translate::Note& note) {
  return fmt::format("{}: {}{}{} ({})", mesh::to_string(note.object), note.field, note.field.empty() ? "" : ": ", note.text, note.code);
}

std::vector<std::string> NoteLog::turn(std::size_t proxies, std::chrono::steady_clock::time_point now) {
  const auto snapshot = hub_.snapshot();
  const State state(snapshot ? snapshot->sequence : 0, proxies);
  if (!snapshot || state == told_) return {};
  if (state != seen_) {
    seen_ = state;
    since_ = now;
  }
  if (now - since_ < quiet_) return {};
  told_ = seen_;
  std::vector<std::string> fresh;
  std::set<std::string> current;
  for (const auto& note : hub_.notes()) {
    auto text = sentence(note);
    if (!said_.contains(text) && current.insert(text).second) fresh.push_back(text);
    current.insert(std::move(text));
  }
  said_ = std::move(current);  // what is over and comes again is said again
  for (const auto& text : fresh) base::log_warn("translate", "{}", text);
  return fresh;
}

}  // namespace amime::local
