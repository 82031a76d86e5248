#include "agent/status/metrics_format.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

namespace amime::agent {
namespace {

constexpr char kPlainText[] = "text/plain;version=0.0.4";
constexpr absl::string_view kOpenMetrics = "application/openmetrics-text";

absl::string_view strings(std::string_view text) { return {text.data(), text.size()}; }

std::string media_type(absl::string_view entry) {
  const std::vector<absl::string_view> parts = absl::StrSplit(entry, absl::MaxSplits(';', 1));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
}

bool is_openmetrics(const std::string& format) { return absl::StartsWith(format, kOpenMetrics); }

}  // namespace

std::string accept_for_application(std::string_view accept) {
  std::vector<std::string> kept;
  bool plain = false;
  for (const auto entry : absl::StrSplit(strings(accept), ',', absl::SkipWhitespace())) {
    const std::string type = media_type(entry);
    if (type == "text/plain" || type == "text/*" || type == kOpenMetrics) kept.emplace_back(absl::StripAsciiWhitespace(entry));
    plain |= type == "*/*" || type == "*";
  }
  if (kept.empty()) return kPlainText;
  if (plain) kept.push_back(std::string(kPlainText) + ";q=0.1");
  return absl::StrJoin(kept, ",");
}

std::string metrics_format(std::string_view content_type) {
  if (media_type(strings(content_type)) != kOpenMetrics) return kPrometheusText;
  const bool first = absl::StrContains(strings(content_type), "version=1.0.0");
  return std::string(kOpenMetrics) + (first ? "; version=1.0.0; charset=utf-8" : "; version=0.0.1; charset=utf-8");
}

std::string_view without_end_mark(std::string_view openmetrics) {
  constexpr std::string_view kEnd = "# EOF";
  std::string_view text = openmetrics;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.size() < kEnd.size() || text.substr(text.size() - kEnd.size()) != kEnd) return openmetrics;
  return text.substr(0, text.size() - kEnd.size());
}

MetricsPart merge_metrics(const std::vector<MetricsPart>& parts) {
  MetricsPart out;
  for (const auto& part : parts) {
    out.format = out.format.empty() || out.format == part.format ? part.format : kPrometheusText;
    const std::string_view text = without_end_mark(part.text);
    out.text += text;
    if (!text.empty() && text.back() != '\n') out.text += '\n';
  }
  if (out.format.empty()) out.format = kPrometheusText;
  if (is_openmetrics(out.format)) out.text += "# EOF\n";
  return out;
}

}  // namespace amime::agent
