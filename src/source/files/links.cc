#include "source/files/links.h"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>

namespace amime::source::files {
namespace {

constexpr int kMostLinks = 40;  // as the kernel has it

bool read_link(const std::string& path, std::string& target) {
  char buffer[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), buffer, sizeof buffer);
  if (size <= 0) return false;
  target.assign(buffer, static_cast<std::size_t>(size));
  return true;
}

}  // namespace

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void collect_links(const std::string& path, std::map<std::string, std::set<std::string>>& names) {
  std::string rest = path, target;
  for (int links = 0; links < kMostLinks; ++links) {
    std::size_t at = 0;
    bool replaced = false;
    while (!replaced && at != std::string::npos) {
      at = rest.find('/', at + 1);
      const std::string prefix = rest.substr(0, at);
      if (!read_link(prefix, target)) continue;
      names[parent_of(prefix)].insert(name_of(prefix));
      const std::string tail = at == std::string::npos ? "" : rest.substr(at);
      rest = (target.starts_with('/') ? target : parent_of(prefix) + "/" + target) + tail;
      replaced = true;
    }
    if (!replaced) break;
  }
  names[parent_of(rest)].insert(name_of(rest));
}

}  // namespace amime::source::files
