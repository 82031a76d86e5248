// Scalars of a tree as protobuf field values. Private to proto_*.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/tree.h"
#include "source/problem.h"

namespace google::protobuf {
class EnumDescriptor;
}

namespace amime::source {

// Each reports to `errors` and returns nothing if the tree holds something else.
std::optional<std::int64_t> int_value(const base::Tree& tree, const Path& at, Errors& errors, std::int64_t lowest, std::int64_t highest,
                                      bool allow_text);
std::optional<std::uint64_t> uint_value(const base::Tree& tree, const Path& at, Errors& errors, std::uint64_t highest, bool allow_text);
std::optional<double> double_value(const base::Tree& tree, const Path& at, Errors& errors);
std::optional<bool> boolean_value(const base::Tree& tree, const Path& at, Errors& errors);
std::optional<std::string> string_value(const base::Tree& tree, const Path& at, Errors& errors);
std::optional<std::string> bytes_value(const base::Tree& tree, const Path& at, Errors& errors);
std::optional<int> enum_value(const base::Tree& tree, const google::protobuf::EnumDescriptor& type, const Path& at, Errors& errors);

}  // namespace amime::source
