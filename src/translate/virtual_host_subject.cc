#include <charconv>
#include <iterator>

#include "translate/hosts.h"
#include "translate/names.h"
#include "translate/table_plan.h"

namespace amime::translate {
namespace {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    out.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

std::size_t to_number(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Nearly always: then the subject has the host once only.
bool host_is_in_name(const VirtualHostPlan& plan) { return plan.host.find(':') == std::string::npos && plan.host == lower(plan.host); }

void append_flags(const VirtualHostPlan& plan, std::string* out) {
  *out += plan.kind == VirtualHostPlan::Kind::kService ? 's' : plan.kind == VirtualHostPlan::Kind::kHost ? 'h' : 'c';
  if (plan.all_ports) *out += 'p';
  if (plan.any_domain) *out += 'a';
}

void append_list(const std::vector<std::string>& list, std::string* out) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) *out += ',';
    *out += list[i];
  }
}

void append_number(std::size_t number, std::string* out) {
  char digits[20];
  const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
  out->append(digits, end);
}

}  // namespace

std::string VirtualHostPlan::name() const {
  if (kind == Kind::kCatchAll) return "*";
  std::string out = bracketed(lower(host));
  out += ':';
  append_number(port, &out);
  return out;
}

// By hand: a table of 1000 hosts makes 1000 of these whenever a service comes or goes.
std::string to_subject(const VirtualHostPlan& plan) {
  std::string out;
  out.reserve(64 + plan.table.size() + 2 * plan.host.size() + 32 * plan.virtual_services.size());
  append_number(plan.egress, &out);
  out.append("|").append(plan.table).append("|").append(plan.name()).append("|");
  if (!host_is_in_name(plan)) out += plan.host;
  out += '|';
  append_flags(plan, &out);
  for (const auto* list : {&plan.virtual_services, &plan.aliases, &plan.excluded}) {
    out += '|';
    append_list(*list, &out);
  }
  return out;
}

VirtualHostPlan parse_virtual_host(std::string_view subject) {
  const auto parts = split_subject(subject, 8);
  VirtualHostPlan plan;
  plan.egress = to_number(parts[0]);
  plan.table = parts[1];
  const auto colon = parts[2].rfind(':');
  if (colon != std::string_view::npos) plan.port = static_cast<std::uint32_t>(to_number(parts[2].substr(colon + 1)));
  plan.host = parts[3].empty() && colon != std::string_view::npos ? parts[2].substr(0, colon) : parts[3];
  for (const char flag : parts[4]) {
    if (flag == 'h') plan.kind = VirtualHostPlan::Kind::kHost;
    if (flag == 'c') plan.kind = VirtualHostPlan::Kind::kCatchAll;
    if (flag == 'p') plan.all_ports = true;
    if (flag == 'a') plan.any_domain = true;
  }
  plan.virtual_services = split_list(parts[5]);
  plan.aliases = split_list(parts[6]);
  plan.excluded = split_list(parts[7]);
  return plan;
}

}  // namespace amime::translate
