#include "agent/envoy_admin.h"

#include <fmt/format.h>

#include <charconv>

#include "base/http_client.h"

namespace amime::agent {
namespace {

constexpr std::chrono::milliseconds kAdminTimeout{1000};

}  // namespace

EnvoyAdmin::EnvoyAdmin(std::string address) : address_(std::move(address)) {}

absl::StatusOr<EnvoyStats> EnvoyAdmin::stats(std::string_view filter) const {
  std::string escaped;
  for (const char c : filter)
    escaped += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  const auto answer = base::HttpClient(address_, kAdminTimeout).get(fmt::format("/stats?filter={}", escaped));
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return absl::UnavailableError(fmt::format("Envoy's admin interface answered {}", answer->status));
  return parse_stats(answer->body);
}

absl::Status EnvoyAdmin::drain_listeners(bool inbound_only, bool stay) const {
  base::HttpRequest request;
  request.method = "POST";
  request.target = fmt::format("/drain_listeners?{}graceful{}", inbound_only ? "inboundonly&" : "", stay ? "&skip_exit" : "");
  const auto answer = base::HttpClient(address_, kAdminTimeout).send(request);
  if (!answer.ok()) return answer.status();
  return answer->status == 200 ? absl::OkStatus()
                               : absl::UnavailableError(fmt::format("Envoy's admin interface answered {}", answer->status));
}

EnvoyStats parse_stats(std::string_view text) {
  EnvoyStats out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.rfind(": ");
    std::uint64_t value = 0;
    if (colon == std::string_view::npos) continue;
    const auto number = line.substr(colon + 2);
    if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc()) out.emplace(line.substr(0, colon), value);
  }
  return out;
}

std::int64_t active_connections(const EnvoyStats& stats, int status_port, int stats_port) {
  std::int64_t out = -1;
  const auto ours = [&](std::string_view name) {
    return name.starts_with("listener.admin.") || name.starts_with("listener.envoy_internal_") ||
           name.find("worker_") != std::string_view::npos || name.find(fmt::format("_{}.", status_port)) != std::string_view::npos ||
           name.find(fmt::format("_{}.", stats_port)) != std::string_view::npos;
  };
  for (const auto& [name, value] : stats)
    if (name.starts_with("listener.") && name.ends_with(".downstream_cx_active") && !ours(name))
      out = std::max<std::int64_t>(out, 0) + static_cast<std::int64_t>(value);
  return out;
}

}  // namespace amime::agent
