// For tests of files/: a directory that goes away with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace amime::source::files {

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = testing::TempDir() + "/amimeXXXXXX";
    path_ = std::filesystem::canonical(mkdtemp(pattern.data()));
  }
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  // Overwrites in place: truncate, write, close.
  void write(const std::string& name, const std::string& text) const { std::ofstream(*this / name) << text; }
  // As editors do it: a new file, renamed over the old one.
  void replace(const std::string& name, const std::string& text) const {
    write(".new", text);
    std::filesystem::rename(*this / ".new", *this / name);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(*this / name); }
  void make(const std::string& name) const { std::filesystem::create_directories(*this / name); }
  void link(const std::string& target, const std::string& name) const { std::filesystem::create_symlink(target, *this / name); }
  // As ln -sfT and kubelets do it: a new link, renamed over the old one.
  void relink(const std::string& target, const std::string& name) const {
    link(target, "..new");
    std::filesystem::rename(*this / "..new", *this / name);
  }

 private:
  std::string path_;
};

}  // namespace amime::source::files
