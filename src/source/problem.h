// What is wrong with an object, said so that its author finds the place: file, line, object, field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "mesh/object.h"

namespace amime::source {

enum class Severity : std::uint8_t {
  kError,    // the object (or file) is not in force as written
  kWarning,  // in force, but probably not what was meant
};

// One finding about one field of one object or about a whole document.
struct Problem {
  Severity severity = Severity::kError;
  std::string file;
  int line = 0;
  std::optional<mesh::ObjectKey> key;  // none: the document could not be told to be an object
  std::string field;                   // "spec.http[0].route[1].weight"; empty: the whole object
  std::string message;
  bool operator==(const Problem&) const = default;
};
// "mesh.yaml:12: VirtualService default/reviews: spec.http[0].timeout: expected ..."
std::string to_string(const Problem& problem);

// The way from an object's top to one of its fields, in the user's names.
class Path {
 public:
  Path() = default;
  void push(std::string_view field) { steps_.push_back({std::string(field), kField}); }
  void push_key(std::string_view key) { steps_.push_back({std::string(key), kKey}); }
  void push(std::size_t index) { steps_.push_back({{}, static_cast<int>(index)}); }
  void pop() { steps_.pop_back(); }

  Path operator/(std::string_view field) const {
    return extended([&](Path& p) { p.push(field); });
  }
  Path operator/(const char* field) const { return *this / std::string_view(field); }
  Path operator/(std::size_t index) const {
    return extended([&](Path& p) { p.push(index); });
  }
  Path operator/(int index) const { return *this / static_cast<std::size_t>(index); }
  Path key(std::string_view key) const {
    return extended([&](Path& p) { p.push_key(key); });
  }

  std::string text() const;
  // Line of the deepest node of this way that `root` has.
  int line_in(const base::Tree& root) const;

 private:
  static constexpr int kField = -1;
  static constexpr int kKey = -2;
  struct Step {
    std::string name;
    int index;
  };
  template <class F>
  Path extended(F&& extend) const {
    Path longer = *this;
    extend(longer);
    return longer;
  }
  std::vector<Step> steps_;
};

// Pushes a step for the life of a scope.
class PathStep {
 public:
  template <class Step>
  PathStep(Path& path, Step step) : path_(path) {
    path.push(step);
  }
  ~PathStep() { path_.pop(); }
  PathStep(const PathStep&) = delete;
  PathStep& operator=(const PathStep&) = delete;

 private:
  Path& path_;
};

// Collects all that is wrong with one object. One thread, one object.
class Errors {
 public:
  // `root` gives the lines; it must outlive this.
  explicit Errors(const base::Tree& root) : root_(root) {}

  void add(const Path& at, std::string message) { put(Severity::kError, at, std::move(message)); }
  void warn(const Path& at, std::string message) { put(Severity::kWarning, at, std::move(message)); }
  // At a place of the text that has no path of its own, such as an unknown key.
  void add_at_line(int line, const Path& at, std::string message);

  bool ok() const { return errors_ == 0; }
  const std::vector<Problem>& problems() const { return problems_; }
  std::vector<Problem> take();  // in the order of their lines

 private:
  void put(Severity severity, const Path& at, std::string message);
  const base::Tree& root_;
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  static constexpr std::size_t kMost = 100;  // of one object; more help nobody
};

// "a, b, c" of at most 12 names, for "expected one of".
std::string join_names(const std::vector<std::string>& names);
// The name among `names` that `wrong` was probably meant to be; empty if none is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace amime::source
