#include "source/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace amime::source {

std::string to_string(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line) out += fmt::format(":{}", problem.line);
  if (problem.key) out += fmt::format(": {}", mesh::to_string(*problem.key));
  if (!problem.field.empty()) out += fmt::format(": {}", problem.field);
  return out + ": " + problem.message;
}

std::string Path::text() const {
  std::string out;
  for (const Step& step : steps_) {
    if (step.index >= 0) {
      out += fmt::format("[{}]", step.index);
    } else if (step.index == kKey) {
      out += fmt::format("[\"{}\"]", step.name);
    } else {
      if (!out.empty()) out += '.';
      out += step.name;
    }
  }
  return out;
}

int Path::line_in(const base::Tree& root) const {
  const base::Tree* at = &root;
  int line = root.line();
  for (const Step& step : steps_) {
    if (step.index >= 0) {
      const auto items = at->items();
      if (static_cast<std::size_t>(step.index) >= items.size()) break;
      at = &items[step.index];
      line = at->line();
    } else {
      const auto* entry = at->entry(step.name);
      if (!entry) break;
      at = &entry->value;
      line = entry->line;
    }
  }
  return line;
}

void Errors::put(Severity severity, const Path& at, std::string message) {
  if (severity == Severity::kError) ++errors_;
  if (problems_.size() >= kMost) return;
  problems_.push_back({severity, {}, at.line_in(root_), {}, at.text(), std::move(message)});
}

void Errors::add_at_line(int line, const Path& at, std::string message) {
  put(Severity::kError, at, std::move(message));
  if (problems_.size() < kMost && line) problems_.back().line = line;
}

std::vector<Problem> Errors::take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
  return std::move(problems_);
}

std::string join_names(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 12;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > kShown) out += ", ...";
  return out;
}

namespace {

// Edits (insert, delete, replace, swap neighbours) between two names, ignoring case.
std::size_t distance(std::string_view a, std::string_view b) {
  auto same = [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); };
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  std::iota(d[0].begin(), d[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 64;
  if (wrong.size() > kLongest) return {};
  const std::size_t near = wrong.size() <= 4 ? 1 : wrong.size() <= 8 ? 2 : 3;
  std::string best;
  std::size_t fewest = near + 1;
  for (const auto& name : names) {
    const std::size_t edits = distance(wrong, name);
    if (edits < fewest) {
      fewest = edits;
      best = name;
    }
  }
  return best;
}

}  // namespace amime::source
