#include "source/checks.h"

#include <fmt/format.h>
#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <set>

#include "mesh/model.h"
#include "networking/v1alpha3/virtual_service.pb.h"

namespace amime::source {
namespace {

constexpr std::int64_t kNanosInMilli = 1'000'000;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestPrefix = 253;

bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Kubernetes' "qualified name": begins and ends alphanumeric, with - _ . between.
bool is_qualified(std::string_view text) {
  if (text.empty() || !alphanumeric(text.front()) || !alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_label_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return is_qualified(key) && key.size() <= kLongestLabel;
  const std::string_view prefix = key.substr(0, slash), name = key.substr(slash + 1);
  return prefix.size() <= kLongestPrefix && wrong_with_fqdn(prefix).empty() && !prefix.ends_with('.') && is_qualified(name) &&
         name.size() <= kLongestLabel;
}

// Istio allows capitals where DNS labels of Kubernetes do not.
bool is_loose_label(std::string_view text) {
  return text.find('.') == std::string_view::npos && text.size() <= kLongestLabel && is_qualified(text) &&
         text.find('_') == std::string_view::npos;
}

// The host part: "*", a full name, perhaps with a wildcard first label; an IP only in a Gateway.
void check_host_part(const std::string& host, bool gateway, const Path& at, Errors& errors) {
  if (host != "*" && host.find('.') == std::string::npos && !is_ip(host))
    errors.add(at, fmt::format("\"{}\" is a short name; a full host name is needed", host));
  if (!(gateway && is_ip(host))) check_wrong(wrong_with_wildcard_host(host), at, errors);
  if (host.size() != 1 && host.find('*') != std::string::npos && !host.starts_with("*."))
    errors.add(at, fmt::format("\"{}\": a wildcard stands for whole labels (*.example.com)", host));
}

}  // namespace

std::int64_t nanoseconds_of(const google::protobuf::Duration& duration) { return duration.seconds() * 1'000'000'000 + duration.nanos(); }

void check_duration(const google::protobuf::Duration& duration, const Path& at, Errors& errors) {
  const std::int64_t nanoseconds = nanoseconds_of(duration);
  if (nanoseconds < kNanosInMilli)
    errors.add(at, "must be at least 1ms");
  else if (nanoseconds % kNanosInMilli != 0)
    errors.add(at, "must be a whole number of milliseconds");
}

void check_port(std::int64_t number, const Path& at, Errors& errors) {
  if (!is_port(number)) errors.add(at, fmt::format("{} is no port (1 to 65535)", number));
}

void check_not_negative(std::int64_t number, const Path& at, Errors& errors) {
  if (number < 0) errors.add(at, "must not be negative");
}

void check_percent(std::int64_t number, const Path& at, Errors& errors) {
  if (number < 0 || number > 100) errors.add(at, fmt::format("{} is no percentage (0 to 100)", number));
}

void check_fraction(const networking::Percent& percent, const Path& at, Errors& errors) {
  const double value = percent.value();
  constexpr double kLeast = 0.0001;  // what Envoy can express
  if (!(value >= 0 && value <= 100) || (value > 0 && value < kLeast))
    errors.add(at / "value", fmt::format("{} is neither 0 nor between {} and 100", value, kLeast));
}

void check_wrong(std::string wrong, const Path& at, Errors& errors) {
  if (!wrong.empty()) errors.add(at, std::move(wrong));
}

void check_label(std::string_view name, const char* what, const Path& at, Errors& errors) {
  if (name.empty())
    errors.add(at, fmt::format("a {} is required", what));
  else if (!is_loose_label(name))
    errors.add(at, fmt::format("\"{}\" is not a {}: letters, digits and - only, at most {}", name, what, kLongestLabel));
}

void check_labels(const StringMap& labels, const Path& at, Errors& errors) {
  for (const auto& [key, value] : labels) {
    if (!is_label_key(key)) errors.add(at.key(key), "is not a label's name");
    if (!value.empty() && !is_qualified(value)) errors.add(at.key(key), fmt::format("\"{}\" is not a label's value", value));
  }
}

void check_selector(const StringMap& labels, const Path& at, Errors& errors) {
  for (const auto& [key, value] : labels) {
    if (key.empty()) errors.add(at, "a label's name must not be empty");
    if (key.find('*') != std::string::npos || value.find('*') != std::string::npos)
      errors.add(at.key(key), "wildcards are not supported in selectors");
  }
  if (labels.empty()) errors.warn(at, "a selector without labels selects everything in the namespace");
}

bool known_protocol(const std::string& protocol) {
  std::string lower = protocol;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "http_proxy" || (lower != "hbone" && mesh::parse_protocol(protocol) != mesh::Protocol::kUnset);
}

void check_protocol(const std::string& protocol, const Path& at, Errors& errors) {
  if (!protocol.empty() && !known_protocol(protocol))
    errors.add(at, fmt::format("\"{}\" is not one of HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TCP, TLS, UDP, MONGO, REDIS, MYSQL", protocol));
}

void check_export_to(const StringList& entries, const std::string& ns, bool service_entry, const Path& at, Errors& errors) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& entry = entries[i];
    if (!seen.insert(entry == "." ? ns : entry).second)
      errors.add(at / i, fmt::format("\"{}\" stands twice (\".\" is the own namespace)", entry));
    if (entry == "~" && !service_entry) errors.warn(at / i, "\"~\" is for ServiceEntries; here it means that nobody sees the object");
    if (entry != "." && entry != "*" && entry != "~" && !is_loose_label(entry))
      errors.add(at / i, fmt::format("\"{}\" is neither \".\", \"*\" nor a namespace", entry));
  }
  if (entries.size() > 1 && seen.contains("*")) errors.add(at, "\"*\" excludes other entries");
  if (entries.size() > 1 && seen.contains("~") && service_entry) errors.add(at, "\"~\" excludes other entries");
}

void check_gateway_names(const StringList& names, const Path& at, Errors& errors) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const auto slash = name.find('/');
    if (slash == std::string::npos) {
      check_wrong(wrong_with_fqdn(name), at / i, errors);
      continue;
    }
    const std::string_view ns = std::string_view(name).substr(0, slash), own = std::string_view(name).substr(slash + 1);
    if (!is_loose_label(ns) || !is_loose_label(own)) errors.add(at / i, fmt::format("\"{}\" is not NAMESPACE/NAME of a gateway", name));
  }
}

void check_addresses(const StringList& addresses, const Path& at, Errors& errors) {
  for (std::size_t i = 0; i < addresses.size(); ++i)
    if (!is_ip_or_cidr(addresses[i])) errors.add(at / i, fmt::format("\"{}\" is neither an IP address nor ADDRESS/BITS", addresses[i]));
}

void check_scoped_host(const std::string& host, bool gateway, const Path& at, Errors& errors) {
  const auto slash = host.find('/');
  if (slash == std::string::npos) {
    if (gateway) return check_host_part(host, true, at, errors);
    return errors.add(at, fmt::format("\"{}\" is not NAMESPACE/HOST", host));
  }
  std::string_view ns = std::string_view(host).substr(0, slash);
  if (!gateway && ns.starts_with('~')) ns.remove_prefix(1);  // "~/..." hides the namespace
  const bool named = (ns.empty() && !gateway && host[0] == '~') || ns == "*" || ns == "." || is_loose_label(ns);
  if (!named) errors.add(at, fmt::format("\"{}\": the part before / is neither a namespace, \".\" nor \"*\"", host));
  check_host_part(host.substr(slash + 1), gateway, at, errors);
}

}  // namespace amime::source
