// FieldReader: typed reads of a mapping's fields, for Kubernetes' kinds. A field of a wrong type is an error with its path;
// one that is missing or null keeps the default; one that nobody asks for is ignored, as an API server does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "source/problem.h"

namespace amime::source {

class FieldReader {
 public:
  // `tree` (found at `at`) must be a mapping or null; anything else is reported. All three outlive the reader.
  FieldReader(const base::Tree& tree, Path& at, Errors& errors);

  void read(const char* field, std::string& out);
  void read(const char* field, bool& out);
  void read(const char* field, std::uint32_t& out, std::uint32_t highest = UINT32_MAX);
  void read(const char* field, std::map<std::string, std::string, std::less<>>& out) { read_map(field, out); }
  void read(const char* field, std::map<std::string, std::string>& out) { read_map(field, out); }
  void read(const char* field, std::vector<std::string>& out);
  void port(const char* field, std::uint32_t& out) { read(field, out, 65535); }

  // Calls f(FieldReader&) for the mapping at `field`, also if it is missing (then all its reads find nothing).
  template <class F>
  void in(const char* field, F&& f) {
    PathStep step(at_, std::string_view(field));
    FieldReader reader(tree_[field], at_, errors_);
    f(reader);
  }
  // Calls f(FieldReader&) for each mapping of the list at `field`.
  template <class F>
  void each(const char* field, F&& f) {
    PathStep step(at_, std::string_view(field));
    std::size_t index = 0;
    for (const base::Tree& item : list(tree_[field])) {
      PathStep item_step(at_, index++);
      FieldReader reader(item, at_, errors_);
      f(reader);
    }
  }

  bool has(const char* field) const { return !tree_[field].is_null(); }
  const base::Tree& tree() const { return tree_; }
  // What a stricter reader of the same mapping needs.
  Path& path() { return at_; }
  Errors& errors() { return errors_; }
  void error(std::string message) { errors_.add(at_, std::move(message)); }
  void error(const char* field, std::string message) { errors_.add(at_ / field, std::move(message)); }

 private:
  template <class Map>
  void read_map(const char* field, Map& out);
  std::span<const base::Tree> list(const base::Tree& tree);

  const base::Tree& tree_;
  Path& at_;
  Errors& errors_;
};

}  // namespace amime::source
