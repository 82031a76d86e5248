// What a configuration directory holds: files by name, and which directories must be watched to notice every change.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/files/read_file.h"

namespace amime::source::files {

struct ScannedFile {
  std::string path;  // to open
  FileStamp stamp;
  bool link = false;
};
struct Scan {
  std::map<std::string, ScannedFile> files;  // by path relative to the directory, which is the order of precedence
  std::set<std::string> directories;         // the directory and its sub-directories, as paths to watch
  // What must be watched because symbolic links go through it: directory -> names there.
  std::map<std::string, std::set<std::string>> elsewhere;
  std::vector<std::pair<std::string, std::string>> unreadable;  // relative path (may be a sub-directory, then ending in "/"), why
  std::string error;                                            // the directory itself cannot be read; all else is empty then
};

// *.yaml, *.yml and *.json of `directory` and its sub-directories; names that begin with "." are skipped. Symbolic links are
// followed, also to directories, but not into a directory on the way to them.
Scan scan_directory(const std::string& directory);

// Whether a file of this name is read.
bool is_config_name(const std::string& name);

}  // namespace amime::source::files
