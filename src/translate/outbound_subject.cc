// How outbound plans are written as subjects: KIND|EGRESS|PORT|BOUND|BINDS, then one |ASK each; parts of an ask are
// split at ';', lists at ','. Hosts and addresses hold none of these; the planner refuses socket paths that do.
#include <fmt/format.h>

#include <charconv>

#include "translate/outbound_plan.h"
#include "translate/split.h"

namespace amime::translate {
namespace {

std::vector<std::string> list(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (const auto part : split(text, ',')) out.emplace_back(part);
  return out;
}

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string encode_asks(const std::vector<ListenerAsk>& asks) {
  std::string out;
  for (const auto& ask : asks)
    out += fmt::format("|{};{};{};{};{}", static_cast<int>(ask.protocol), ask.host, ask.cluster_port,
                       (ask.match_name ? 1 : 0) + (ask.resolves ? 2 : 0), fmt::join(ask.cidrs, ","));
  return out;
}

std::vector<ListenerAsk> decode_asks(const std::vector<std::string_view>& parts) {
  std::vector<ListenerAsk> asks;
  for (std::size_t i = 5; i < parts.size(); ++i) {
    const auto fields = split(parts[i], ';');
    const auto flags = number(fields.at(3));
    asks.push_back({static_cast<mesh::Protocol>(number(fields.at(0))), std::string(fields.at(1)), number(fields.at(2)), (flags & 1) != 0,
                    (flags & 2) != 0, list(fields.at(4))});
  }
  return asks;
}

}  // namespace

std::string encode(const ListenerPlan& plan) {
  return fmt::format("listener|{}|{}|{}|{}", plan.egress, plan.port, plan.bind_to_port ? 1 : 0, fmt::join(plan.binds, ",")) +
         encode_asks(plan.asks);
}

std::string encode(const PodsPlan& plan) {
  return fmt::format("pods|{}|{}|0|{}", plan.egress, plan.port, fmt::join(plan.taken, ",")) + encode_asks(plan.asks);
}

ListenerPlan decode_listener(std::string_view subject) {
  const auto parts = split(subject, '|');
  return {number(parts.at(1)), list(parts.at(4)), number(parts.at(2)), parts.at(3) == "1", decode_asks(parts)};
}

PodsPlan decode_pods(std::string_view subject) {
  const auto parts = split(subject, '|');
  return {number(parts.at(1)), number(parts.at(2)), decode_asks(parts), list(parts.at(4))};
}

}  // namespace amime::translate
