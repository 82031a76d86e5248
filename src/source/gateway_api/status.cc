#include "source/gateway_api/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace amime::source::gateway_api {
namespace {

// Of these types "False" is good news.
bool is_warning(std::string_view type) { return type == "Conflicted" || type == "InsecureFrontendValidationMode"; }
bool is_bad(const Condition& condition) { return condition.status == is_warning(condition.type); }

void add_trouble(const std::string& part, const std::vector<Condition>& conditions, std::string& out) {
  for (const auto& condition : conditions) {
    if (!is_bad(condition)) continue;
    out += fmt::format("{}{}{}{}: {}", out.empty() ? "" : "\n", part, part.empty() ? "" : ": ", condition.reason, condition.message);
  }
}

}  // namespace

std::string trouble(const ObjectStatus& status) {
  std::string out;
  add_trouble("", status.conditions, out);
  for (const auto& part : status.parts) add_trouble(part.part, part.conditions, out);
  return out;
}

void fail(std::vector<Condition>& conditions, const char* type, const char* reason, std::string message) {
  const auto found = std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  Condition& condition = found == conditions.end() ? conditions.emplace_back(Condition{type, true, "", ""}) : *found;
  if (is_bad(condition)) return;
  condition = {type, is_warning(condition.type), reason, std::move(message)};
}

}  // namespace amime::source::gateway_api
