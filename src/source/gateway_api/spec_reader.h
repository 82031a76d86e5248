// SpecReader: strict typed reads of a mapping's fields. As FieldReader, but what nobody asked for is an error: a field that is
// misspelt must not be one that is silently missing. One thread, one object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "source/field_reader.h"
#include "source/problem.h"

namespace amime::source::gateway_api {

class SpecReader {
 public:
  // `tree` (found at `at`) must be a mapping or null. All three outlive the reader.
  SpecReader(const base::Tree& tree, Path& at, Errors& errors) : fields_(tree, at, errors), at_(at), errors_(errors) {}

  bool has(const char* field) {
    known(field);
    return fields_.has(field);
  }
  // Strings, booleans, maps and lists of strings.
  template <class T>
  void read(const char* field, T& out) {
    known(field);
    fields_.read(field, out);
  }
  void number(const char* field, std::uint32_t& out, std::uint32_t lowest, std::uint32_t highest);
  void numbers(const char* field, std::vector<std::uint32_t>& out, std::uint32_t lowest, std::uint32_t highest);  // a list
  void port(const char* field, std::uint32_t& out) { number(field, out, 1, 65535); }
  // A string that is not empty; missing is an error.
  void required(const char* field, std::string& out);
  // One of `values`; `out` keeps its value where the field is missing.
  void one_of(const char* field, std::string& out, const std::vector<std::string>& values);
  // "10s", "1h30m"; nanoseconds.
  void duration(const char* field, std::optional<std::int64_t>& out);
  // RE2, as Envoy takes it.
  void check_regex(const char* field, const std::string& regex);
  // Understood, and of no effect here: said once, where it is given.
  void ignored(const char* field, const char* why);

  // Calls f(SpecReader&) for the mapping at `field`, if it is there.
  template <class F>
  void in(const char* field, F&& f) {
    if (!has(field)) return;
    PathStep step(at_, std::string_view(field));
    SpecReader reader(fields_.tree()[field], at_, errors_);
    f(reader);
    reader.finish();
  }
  // Calls f(SpecReader&) for each mapping of the list at `field`.
  template <class F>
  void each(const char* field, F&& f) {
    known(field);
    fields_.each(field, [&](FieldReader& item) {
      SpecReader reader(item.tree(), at_, errors_);
      f(reader);
      reader.finish();
    });
  }

  void error(std::string message) { errors_.add(at_, std::move(message)); }
  void error(const char* field, std::string message) { errors_.add(at_ / field, std::move(message)); }
  void warn(const char* field, std::string message) { errors_.warn(at_ / field, std::move(message)); }
  // Reports the fields that nobody asked for; in() and each() do it.
  void finish();

 private:
  void known(const char* field) { known_.emplace_back(field); }

  FieldReader fields_;
  Path& at_;
  Errors& errors_;
  std::vector<std::string> known_;
};

}  // namespace amime::source::gateway_api
