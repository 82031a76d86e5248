#include "source/files/scan.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "source/files/links.h"
#include "source/files/stamp.h"

namespace amime::source::files {
namespace {

constexpr int kDeepest = 32;

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

class Scanner {
 public:
  explicit Scanner(Scan& out) : out_(out) {}

  void directory(const std::string& path, const std::string& relative, int depth) {
    struct stat s;
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(opendir(path.c_str()), closedir);
    if (!handle || fstat(dirfd(handle.get()), &s) != 0) return fail(relative, std::strerror(errno));
    const Identity self{s.st_dev, s.st_ino};
    if (!way_.insert(self).second) return;  // a symbolic link to a directory above
    if (depth > kDeepest) {
      fail(relative, "too many directories in one another");
    } else {
      out_.directories.insert(path);
      while (const dirent* entry = readdir(handle.get())) name(path, relative, entry->d_name, depth);
    }
    way_.erase(self);
  }

 private:
  void fail(const std::string& relative, const std::string& why) {
    if (relative.empty()) {
      out_.error = why;
    } else {
      out_.unreadable.emplace_back(relative, why);
    }
  }

  void name(const std::string& directory_path, const std::string& relative, const std::string& name, int depth) {
    if (name[0] == '.') return;
    const std::string path = directory_path + "/" + name;
    struct stat own, s;
    if (lstat(path.c_str(), &own) != 0) return;  // gone since readdir
    const bool link = S_ISLNK(own.st_mode);
    if (!link) {
      s = own;
    } else if (stat(path.c_str(), &s) != 0) {
      if (is_config_name(name))
        out_.unreadable.emplace_back(relative + name, errno == ENOENT ? "a symbolic link to nothing" : std::strerror(errno));
      return;
    }
    if (link) collect_links(path, out_.elsewhere);
    if (S_ISDIR(s.st_mode)) return directory(path, relative + name + "/", depth + 1);
    if (!is_config_name(name)) return;
    out_.files[relative + name] = {path, stamp_of(s), link};
  }

  Scan& out_;
  std::set<Identity> way_;
};

}  // namespace

bool is_config_name(const std::string& name) {
  return name[0] != '.' && (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

Scan scan_directory(const std::string& directory) {
  Scan scan;
  Scanner(scan).directory(directory, "", 0);
  if (!scan.error.empty()) return Scan{{}, {}, {}, {}, scan.error};
  return scan;
}

}  // namespace amime::source::files
