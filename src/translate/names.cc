#include "translate/names.h"

#include <fmt/format.h>

#include <cstdlib>

namespace amime::translate {

std::string outbound_cluster_name(std::uint32_t port, std::string_view subset, std::string_view host) {
  return fmt::format("outbound|{}|{}|{}", port, subset, host);
}

std::string inbound_cluster_name(std::uint32_t target_port) { return fmt::format("inbound|{}||", target_port); }

std::string sni_cluster_name(std::uint32_t port, std::string_view subset, std::string_view host) {
  return fmt::format("outbound_.{}_.{}_.{}", port, subset, host);
}

std::string listener_name(std::string_view address, std::uint32_t port) { return fmt::format("{}_{}", address, port); }

std::string join_subject(std::initializer_list<std::string_view> parts) { return fmt::format("{}", fmt::join(parts, "|")); }

std::vector<std::string_view> split_subject(std::string_view subject, std::size_t n) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < n) {
    const auto bar = subject.find('|');
    if (bar == std::string_view::npos) std::abort();
    parts.push_back(subject.substr(0, bar));
    subject.remove_prefix(bar + 1);
  }
  parts.push_back(subject);
  return parts;
}

}  // namespace amime::translate
