#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

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

std::string flags(const VirtualHostPlan& plan) {
  std::string out(1, plan.kind == VirtualHostPlan::Kind::kService ? 's' : plan.kind == VirtualHostPlan::Kind::kHost ? 'h' : 'c');
  if (plan.all_ports) out += 'p';
  if (plan.any_domain) out += 'a';
  if (plan.same_namespace) out += 'l';
  return out;
}

}  // namespace

std::string VirtualHostPlan::name() const { return kind == Kind::kCatchAll ? "*" : host_and_port(lower(host), port); }

std::string to_subject(const VirtualHostPlan& plan) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", plan.egress, plan.table, plan.name(), plan.host, plan.port, flags(plan),
                     fmt::join(plan.virtual_services, ","), fmt::join(plan.aliases, ","), fmt::join(plan.excluded, ","));
}

VirtualHostPlan parse_virtual_host(std::string_view subject) {
  const auto parts = split_subject(subject, 9);
  VirtualHostPlan plan;
  plan.egress = to_number(parts[0]);
  plan.table = parts[1];
  plan.host = parts[3];
  plan.port = static_cast<std::uint32_t>(to_number(parts[4]));
  for (const char flag : parts[5]) {
    if (flag == 'h') plan.kind = VirtualHostPlan::Kind::kHost;
    if (flag == 'c') plan.kind = VirtualHostPlan::Kind::kCatchAll;
    if (flag == 'p') plan.all_ports = true;
    if (flag == 'a') plan.any_domain = true;
    if (flag == 'l') plan.same_namespace = true;
  }
  plan.virtual_services = split_list(parts[6]);
  plan.aliases = split_list(parts[7]);
  plan.excluded = split_list(parts[8]);
  return plan;
}

}  // namespace amime::translate
