#include "local/echo.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace amime::local {
namespace {

using nlohmann::ordered_json;

std::string_view value_of(const base::HttpHeaders& headers, std::string_view name) {
  const std::string* found = base::find_header(headers, name);
  return found ? std::string_view(*found) : std::string_view();
}

int number_or(std::string_view text, int fallback) {
  const int value = std::atoi(std::string(text).c_str());
  return text.empty() || value < 100 || value > 599 ? fallback : value;
}

void add_set_headers(std::string_view text, base::HttpHeaders* out) {
  while (!text.empty()) {
    const auto end = text.find(';');
    const std::string_view pair = text.substr(0, end);
    const auto equal = pair.find('=');
    if (equal != std::string_view::npos && equal > 0) out->emplace_back(pair.substr(0, equal), pair.substr(equal + 1));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

ordered_json headers_json(const base::HttpHeaders& headers) {
  ordered_json out = ordered_json::object();
  for (const auto& [name, value] : headers) {
    auto& slot = out[name];
    slot = slot.is_string() ? slot.get<std::string>() + "," + value : value;  // repeated headers join, as HTTP says
  }
  return out;
}

ordered_json calls_json(const std::vector<EchoCallResult>& calls) {
  ordered_json out = ordered_json::array();
  for (const auto& call : calls) {
    auto body = ordered_json::parse(call.body, nullptr, false);
    if (body.is_discarded()) body = call.body;
    out.push_back({{"url", call.url}, {"status", call.status}, {"answer", std::move(body)}});
  }
  return out;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

}  // namespace

std::chrono::milliseconds parse_delay(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  double seconds = std::strtod(copy.c_str(), &end);
  if (std::string_view(end) == "ms") seconds /= 1000;
  if (!(seconds > 0)) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(static_cast<long>(std::min(seconds, 3600.0) * 1000));
}

bool EchoApp::fails(const base::HttpHeaders& headers) {
  const long limit = std::atol(std::string(value_of(headers, "x-echo-fail")).c_str());
  std::lock_guard lock(mutex_);
  if (counts_.size() > 10'000) counts_.clear();
  return ++counts_[std::string(value_of(headers, "x-echo-id"))] <= limit;
}

EchoAnswer EchoApp::answer(const EchoRequest& request, const std::vector<EchoCallResult>& calls) {
  const auto& headers = request.headers;
  EchoAnswer out;
  out.status = number_or(value_of(headers, "x-echo-status"), identity_.status);
  out.delay = identity_.delay;
  if (base::find_header(headers, "x-echo-delay")) out.delay = parse_delay(value_of(headers, "x-echo-delay"));
  const bool counted = base::find_header(headers, "x-echo-fail") != nullptr;
  const bool failing = counted && fails(headers);
  if (counted) out.status = failing ? number_or(value_of(headers, "x-echo-status"), 503) : 200;
  if (counted && !failing) out.delay = std::chrono::milliseconds(0);
  out.reset = base::find_header(headers, "x-echo-reset") && (!counted || failing);

  ordered_json body = {{"name", identity_.name},           {"version", identity_.version},   {"protocol", request.protocol},
                       {"method", request.method},         {"path", request.path},           {"host", request.host},
                       {"headers", headers_json(headers)}, {"bodyBytes", request.body_bytes}};
  if (!calls.empty()) body["calls"] = calls_json(calls);
  out.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  out.headers = {{"content-type", "application/json"}, {"x-echo-backend", identity_.name + "/" + identity_.version}};
  add_set_headers(value_of(headers, "x-echo-set"), &out.headers);
  return out;
}

base::HttpHeaders EchoApp::propagated(const base::HttpHeaders& headers) {
  static constexpr std::string_view kAlways[] = {"end-user", "cookie", "authorization", "traceparent", "tracestate",
                                                 "baggage",  "b3",     "user-agent"};
  base::HttpHeaders out;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool of_proxy = starts_with(lower, "x-envoy-") || starts_with(lower, "x-forwarded-") || starts_with(lower, "x-echo-");
    if (std::find(std::begin(kAlways), std::end(kAlways), lower) != std::end(kAlways) || (starts_with(lower, "x-") && !of_proxy))
      out.emplace_back(std::move(lower), value);
  }
  return out;
}

}  // namespace amime::local
