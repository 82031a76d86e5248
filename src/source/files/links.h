// Which symbolic links a path goes through, so that their being switched is noticed.
#pragma once

#include <map>
#include <set>
#include <string>

namespace amime::source::files {

// Adds, for every symbolic link on the way of `path`, the directory it stands in and its name there; and the same for what
// the path leads to in the end, whether that exists or not.
void collect_links(const std::string& path, std::map<std::string, std::set<std::string>>& names);

std::string parent_of(const std::string& path);  // "." for a bare name
std::string name_of(const std::string& path);

}  // namespace amime::source::files
