#include "agent/status/app_probe.h"

#include <absl/strings/match.h>

#include "agent/status/local_http.h"
#include "base/log.h"

namespace amime::agent {
namespace {

constexpr std::size_t kMaxProbeBody = 10u << 10;  // kubelet shows no more
constexpr int kMaxRedirects = 10;                 // as many as kubelet follows

// Of one connection only, or of kubelet's to us.
bool is_for_one_hop(const std::string& name) {
  for (const char* hop : {"connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "te", "proxy-connection"})
    if (absl::EqualsIgnoreCase(name, hop)) return true;
  return false;
}

// Kubelet's own says the agent's port, which the application does not know.
std::string host_header(const std::string& sent, const AppProber& prober, const AppProbeContext& context) {
  std::string host;
  unsigned port = 0;
  if (!base::split_host_port(sent, &host, &port) || port != context.status_port) return sent;
  return base::join_host_port(host, prober.port);
}

base::HttpRequest probe_request(const AppProber& prober, const AppProbeContext& context, const base::HttpRequest& from) {
  base::HttpRequest out;
  out.target = prober.path;
  for (const auto& [name, value] : from.headers) {
    if (is_for_one_hop(name)) continue;
    out.headers.emplace_back(name, absl::EqualsIgnoreCase(name, "host") ? host_header(value, prober, context) : value);
  }
  for (const auto& header : prober.headers)
    if (!base::find_header(from.headers, header.first)) out.headers.push_back(header);
  return out;
}

// The path of a redirect to the same host, which is followed. Empty: it leads elsewhere.
std::string same_host_path(const std::string& location, const std::string& host) {
  if (location.empty()) return {};
  if (location[0] == '/' && location.substr(0, 2) != "//") return location;
  const auto start = location.find("//");
  if (start == std::string::npos) return {};
  const auto slash = location.find('/', start + 2);
  const std::string authority = location.substr(start + 2, slash == std::string::npos ? std::string::npos : slash - start - 2);
  if (authority.substr(0, authority.rfind(':')) != host && authority != host) return {};
  return slash == std::string::npos ? "/" : location.substr(slash);
}

base::HttpResponse probe_http(const AppProber& prober, const AppProbeContext& context, const base::HttpRequest& from) {
  LocalHttp how;
  how.target = {.host = context.host, .port = prober.port, .as_passed_on = true};
  how.tls = prober.https;
  how.timeout = prober.timeout;
  how.max_body = kMaxProbeBody;
  how.cut_body = true;
  auto request = probe_request(prober, context, from);
  for (int redirects = 0; redirects <= kMaxRedirects; ++redirects) {
    const auto answer = ask_local(how, request);
    if (!answer.ok()) {
      base::log_warn("status", "probe of {}:{}{}: {}", context.host, prober.port, prober.path, std::string(answer.status().message()));
      return base::text_response(500, "");
    }
    if (answer->status < 300 || answer->status >= 400) return base::text_response(answer->status, answer->body);
    const auto* location = base::find_header(answer->headers, "location");
    request.target = same_host_path(location ? *location : "", context.host);
    if (request.target.empty()) return base::text_response(200, "");  // it answers, and kubelet asks no stranger
  }
  return base::text_response(500, "");
}

}  // namespace

base::HttpResponse probe_application(const AppProber& prober, const AppProbeContext& context, const base::HttpRequest& request) {
  if (prober.kind == AppProber::Kind::kHttp) return probe_http(prober, context, request);
  std::string why;
  if (prober.kind == AppProber::Kind::kTcp) {
    const auto dialed = dial({.host = context.host, .port = prober.port, .as_passed_on = true}, prober.timeout);
    if (dialed.ok()) return base::text_response(200, "");
    why = std::string(dialed.status().message());
  } else {
    const auto* agent = base::find_header(request.headers, "user-agent");
    if (probe_grpc_health(prober, context.host, agent ? *agent : "", &why)) return base::text_response(200, "");
  }
  base::log_warn("status", "probe of {}:{}: {}", context.host, prober.port, why);
  return base::text_response(500, "");
}

}  // namespace amime::agent
