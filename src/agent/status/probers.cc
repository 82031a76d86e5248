#include "agent/status/probers.h"

#include <absl/strings/match.h>
#include <fmt/format.h>
#include <re2/re2.h>

#include <nlohmann/json.hpp>

namespace amime::agent {
namespace {

constexpr auto kHookTimeout = std::chrono::seconds(60);  // lifecycle hooks have none of their own

absl::StatusOr<std::uint16_t> read_prober_port(const nlohmann::json& action) {
  const auto port = action.find("port");
  if (port == action.end() || !port->is_number_integer() || port->get<std::int64_t>() < 1 || port->get<std::int64_t>() > 65535)
    return absl::InvalidArgumentError("the port must be a number");
  return port->get<std::uint16_t>();
}

std::string member_text(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void read_http_get(const nlohmann::json& action, AppProber& out) {
  if (const auto path = member_text(action, "path"); !path.empty()) out.path = path[0] == '/' ? path : "/" + path;
  out.https = absl::EqualsIgnoreCase(member_text(action, "scheme"), "https");
  const auto headers = action.find("httpHeaders");
  if (headers == action.end() || !headers->is_array()) return;
  for (const auto& header : *headers) out.headers.emplace_back(member_text(header, "name"), member_text(header, "value"));
}

absl::StatusOr<AppProber> read_prober(const nlohmann::json& object) {
  constexpr std::pair<const char*, AppProber::Kind> kActions[] = {
      {"httpGet", AppProber::Kind::kHttp}, {"tcpSocket", AppProber::Kind::kTcp}, {"grpc", AppProber::Kind::kGrpc}};
  AppProber out;
  const nlohmann::json* action = nullptr;
  for (const auto& [name, kind] : kActions) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_object()) continue;
    if (action) return absl::InvalidArgumentError("more than one of httpGet, tcpSocket and grpc");
    action = &*found;
    out.kind = kind;
  }
  if (!action) return absl::InvalidArgumentError("none of httpGet, tcpSocket and grpc");
  const auto port = read_prober_port(*action);
  if (!port.ok()) return port.status();
  out.port = *port;
  if (out.kind == AppProber::Kind::kHttp) read_http_get(*action, out);
  out.service = member_text(*action, "service");
  return out;
}

}  // namespace

absl::StatusOr<AppProbers> read_app_probers(std::string_view text) {
  static const RE2 kPath("/(?:app-health/[^/]+/(?:livez|readyz|startupz)|app-lifecycle/[^/]+/(?:prestopz|poststartz))");
  AppProbers out;
  if (text.empty()) return out;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return absl::InvalidArgumentError("application probes: not a JSON object");
  for (const auto& [path, object] : json.items()) {
    if (!RE2::FullMatch(path, kPath)) return absl::InvalidArgumentError(fmt::format("application probes: no such path: {}", path));
    auto prober = object.is_object() ? read_prober(object) : absl::InvalidArgumentError("not an object");
    if (!prober.ok())
      return absl::InvalidArgumentError(fmt::format("application probes: {}: {}", path, std::string(prober.status().message())));
    if (absl::StartsWith(path, "/app-lifecycle/")) prober->timeout = kHookTimeout;
    const auto timeout = object.find("timeoutSeconds");
    if (timeout != object.end() && timeout->is_number_integer() && timeout->get<std::int64_t>() > 0)
      prober->timeout = std::chrono::seconds(std::min<std::int64_t>(timeout->get<std::int64_t>(), 3600));
    out.emplace(path, *std::move(prober));
  }
  return out;
}

}  // namespace amime::agent
