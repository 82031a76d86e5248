// /etc/resolv.conf, as far as a DNS proxy needs it. Pure; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace amime::agent {

struct ResolvConf {
  std::vector<std::string> servers;  // IP addresses, as written
  std::vector<std::string> search;   // lower case, without a dot at the end
};

ResolvConf parse_resolv_conf(std::string_view text);
absl::StatusOr<ResolvConf> read_resolv_conf(const std::string& path);  // NotFound: it cannot be read

}  // namespace amime::agent
