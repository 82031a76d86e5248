#include "swarm/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace amime::bench {
namespace {

using nlohmann::json;

constexpr double kColdBar = 1.25;
constexpr double kProxyMibBar = 0.15;
constexpr double kChangeBar = 1.5;
constexpr double kBytesBar = 1.2;

template <class Array>
double sum(const Array& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double mib_per_proxy(const RunInfo& info, const Idle& idle) { return (idle.resident_mib - idle.empty_mib) / info.proxies; }

std::string line(std::string_view what, double amime, double floor, int digits) {
  const std::string ratio = floor > 0 ? fmt::format("{:.2f}", amime / floor) : "";
  return fmt::format("{:<44}{:>12.{}f}{:>12.{}f}{:>8}\n", what, amime, digits, floor, digits, ratio);
}

std::string change_lines(const ChangeKind& amime, const ChangeKind& floor) {
  const std::string kind(kind_name(amime.kind));
  std::string out = line(kind + ": last ACK p50, ms", amime.last_ack_ms.p50, floor.last_ack_ms.p50, 1);
  out += line("  p99, ms", amime.last_ack_ms.p99, floor.last_ack_ms.p99, 1);
  out += line("  max, ms", amime.last_ack_ms.max, floor.last_ack_ms.max, 1);
  out += line("  median proxy, ms", amime.proxy_p50_ms, floor.proxy_p50_ms, 1);
  out += line("  server CPU, ms", amime.cpu_ms, floor.cpu_ms, 1);
  out += line("  bytes a proxy", amime.bytes_per_proxy, floor.bytes_per_proxy, 0);
  out += line("  messages a proxy", amime.messages_per_proxy, floor.messages_per_proxy, 1);
  return out;
}

json json_of(const Distribution& values) { return {{"p50", values.p50}, {"p99", values.p99}, {"max", values.max}}; }

json json_of(const Figures& figures) {
  json out;
  json& cold = out["cold_start"];
  cold["sync_seconds"] = json_of(figures.cold.sync_seconds);
  cold["server_cpu_seconds"] = figures.cold.cpu_seconds;
  cold["peak_mib"] = figures.cold.peak_mib;
  for (Type type : kAllTypes) {
    cold["bytes_per_proxy"][std::string(type_name(type))] = figures.cold.bytes_per_proxy[index(type)];
    cold["messages_per_proxy"][std::string(type_name(type))] = figures.cold.messages_per_proxy[index(type)];
  }
  out["idle"] = {{"empty_mib", figures.idle.empty_mib},
                 {"resident_mib", figures.idle.resident_mib},
                 {"cpu_per_second", figures.idle.cpu_per_second},
                 {"further_proxy_mib", figures.idle.further_proxy_mib}};
  for (const ChangeKind& change : figures.changes) {
    out["changes"][std::string(kind_name(change.kind))] = {
        {"last_ack_ms", json_of(change.last_ack_ms)}, {"median_proxy_ms", change.proxy_p50_ms},          {"server_cpu_ms", change.cpu_ms},
        {"bytes_per_proxy", change.bytes_per_proxy},  {"messages_per_proxy", change.messages_per_proxy}, {"sent_bytes", change.sent_bytes},
        {"needed_bytes", change.needed_bytes}};
  }
  return out;
}

std::string protocol_name(Protocol protocol) { return protocol == Protocol::delta ? "delta" : "state of the world"; }

}  // namespace

std::vector<Bar> bars_of(const RunInfo& info, const Figures& amime, const Figures& floor) {
  std::vector<Bar> bars = {
      {"cold start, server CPU against the floor's", amime.cold.cpu_seconds, floor.cold.cpu_seconds, kColdBar},
      {"MiB for each idle proxy", mib_per_proxy(info, amime.idle), 0, kProxyMibBar},
      {"MiB for each further proxy", amime.idle.further_proxy_mib, 0, kProxyMibBar},
  };
  for (size_t i = 0; i < amime.changes.size() && i < floor.changes.size(); ++i) {
    const ChangeKind& change = amime.changes[i];
    const std::string kind(kind_name(change.kind));
    bars.push_back({kind + ", last ACK against the floor's", change.last_ack_ms.p50, floor.changes[i].last_ack_ms.p50, kChangeBar});
    bars.push_back({kind + ", server CPU against the floor's", change.cpu_ms, floor.changes[i].cpu_ms, kChangeBar});
    if (info.protocol == Protocol::delta) {
      bars.push_back({kind + ", bytes against what changed", change.sent_bytes, change.needed_bytes, kBytesBar});
    }
  }
  return bars;
}

std::string table_of(const RunInfo& info, const Figures& amime, const Figures& floor) {
  std::string out = fmt::format("{} services, {} proxies, {}, {} changes of each kind\n", info.services, info.proxies,
                                protocol_name(info.protocol), info.count);
  out += fmt::format("{:<44}{:>12}{:>12}{:>8}\n", "", "amime", "floor", "ratio");
  out += line("cold start: last proxy in sync, s", amime.cold.sync_seconds.max, floor.cold.sync_seconds.max, 2);
  out += line("  median proxy in sync, s", amime.cold.sync_seconds.p50, floor.cold.sync_seconds.p50, 2);
  out += line("  server CPU, s", amime.cold.cpu_seconds, floor.cold.cpu_seconds, 2);
  out += line("  kB a proxy", sum(amime.cold.bytes_per_proxy) / 1000, sum(floor.cold.bytes_per_proxy) / 1000, 1);
  out += line("  peak resident, MiB", amime.cold.peak_mib, floor.cold.peak_mib, 0);
  out += line("idle: resident, MiB", amime.idle.resident_mib, floor.idle.resident_mib, 0);
  out += line("  MiB a proxy", mib_per_proxy(info, amime.idle), mib_per_proxy(info, floor.idle), 3);
  out += line("  MiB a further proxy", amime.idle.further_proxy_mib, floor.idle.further_proxy_mib, 3);
  out += line("  server CPU, % of a core", amime.idle.cpu_per_second * 100, floor.idle.cpu_per_second * 100, 2);
  for (size_t i = 0; i < amime.changes.size() && i < floor.changes.size(); ++i) out += change_lines(amime.changes[i], floor.changes[i]);
  out += "\n";
  for (const Bar& bar : bars_of(info, amime, floor)) {
    out += fmt::format("{:<44}{:>12.2f}{:>12}  {}\n", bar.what, bar.figure(), fmt::format("<= {}", bar.bound),
                       bar.held() ? "held" : "NOT HELD");
  }
  return out;
}

std::string json_of(const RunInfo& info, const Figures& amime, const Figures& floor) {
  json out = {{"label", info.label},
              {"commit", info.commit},
              {"date", info.date},
              {"services", info.services},
              {"proxies", info.proxies},
              {"protocol", protocol_name(info.protocol)},
              {"changes_of_each_kind", info.count},
              {"amime", json_of(amime)},
              {"floor", json_of(floor)}};
  for (const Bar& bar : bars_of(info, amime, floor)) {
    out["bars"].push_back({{"what", bar.what}, {"figure", bar.figure()}, {"bound", bar.bound}, {"held", bar.held()}});
  }
  return out.dump(2) + "\n";
}

}  // namespace amime::bench
