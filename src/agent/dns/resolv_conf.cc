#include "agent/dns/resolv_conf.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace amime::agent {

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf out;
  for (const auto line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.size() < 2 || words[0][0] == '#' || words[0][0] == ';') continue;
    if (words[0] == "nameserver") out.servers.push_back(words[1]);
    if (words[0] != "search" && words[0] != "domain") continue;
    out.search.clear();  // the last one counts
    for (std::size_t i = 1; i < (words[0] == "domain" ? 2 : words.size()); ++i) {
      std::string name = absl::AsciiStrToLower(words[i]);
      while (!name.empty() && name.back() == '.') name.pop_back();
      if (!name.empty()) out.search.push_back(std::move(name));
    }
  }
  return out;
}

absl::StatusOr<ResolvConf> read_resolv_conf(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(fmt::format("{} cannot be read", path));
  std::ostringstream text;
  text << file.rdbuf();
  return parse_resolv_conf(text.str());
}

}  // namespace amime::agent
