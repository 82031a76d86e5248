#include "agent/envoy_version.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>

#include "base/process.h"

namespace amime::agent {
namespace {

constexpr std::chrono::seconds kVersionTimeout{10};
constexpr std::string_view kVersionMark = "version: ";

}  // namespace

absl::StatusOr<std::string> envoy_version_of(const std::string& binary) {
  auto process = base::Process::start({.argv = {binary, "--version"}});
  if (!process.ok()) return process.status();
  std::string said;
  const auto end = std::chrono::steady_clock::now() + kVersionTimeout;
  while ((*process)->output_fd() >= 0 && std::chrono::steady_clock::now() < end) {
    pollfd readable{(*process)->output_fd(), POLLIN, 0};
    poll(&readable, 1, 100);
    said += (*process)->read_output();
  }
  const auto at = said.find(kVersionMark);
  if (at == std::string::npos) return absl::UnavailableError(fmt::format("{} --version does not say which Envoy it is", binary));
  const auto begin = at + kVersionMark.size();
  return said.substr(begin, said.find('\n', begin) - begin);
}

}  // namespace amime::agent
