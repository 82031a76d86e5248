#include "source/field_reader.h"

#include <fmt/format.h>

#include "source/proto_values.h"

namespace amime::source {

using base::Tree;

FieldReader::FieldReader(const Tree& tree, Path& at, Errors& errors) : tree_(tree), at_(at), errors_(errors) {
  if (!tree.is_map() && !tree.is_null()) errors.add(at, fmt::format("expected a mapping, found {}", tree.describe()));
}

void FieldReader::read(const char* field, std::string& out) {
  const Tree& value = tree_[field];
  if (value.is_null()) return;
  PathStep step(at_, std::string_view(field));
  if (auto text = string_value(value, at_, errors_)) out = std::move(*text);
}

void FieldReader::read(const char* field, bool& out) {
  const Tree& value = tree_[field];
  if (value.is_null()) return;
  PathStep step(at_, std::string_view(field));
  if (const auto truth = boolean_value(value, at_, errors_)) out = *truth;
}

void FieldReader::read(const char* field, std::uint32_t& out, std::uint32_t highest) {
  const Tree& value = tree_[field];
  if (value.is_null()) return;
  PathStep step(at_, std::string_view(field));
  if (const auto number = uint_value(value, at_, errors_, highest, false)) out = static_cast<std::uint32_t>(*number);
}

void FieldReader::read(const char* field, std::vector<std::string>& out) {
  PathStep step(at_, std::string_view(field));
  std::size_t index = 0;
  for (const Tree& item : list(tree_[field])) {
    PathStep item_step(at_, index++);
    if (auto text = string_value(item, at_, errors_)) out.push_back(std::move(*text));
  }
}

template <class Map>
void FieldReader::read_map(const char* field, Map& out) {
  const Tree& value = tree_[field];
  if (value.is_null()) return;
  PathStep step(at_, std::string_view(field));
  if (!value.is_map()) return errors_.add(at_, fmt::format("expected a mapping, found {}", value.describe()));
  for (const auto& entry : value.entries()) {
    at_.push_key(entry.key);
    if (entry.value.is_null()) {
      out[entry.key].clear();  // `key:` without a value is an empty string to Kubernetes
    } else if (auto text = string_value(entry.value, at_, errors_)) {
      out[entry.key] = std::move(*text);
    }
    at_.pop();
  }
}
template void FieldReader::read_map(const char*, std::map<std::string, std::string>&);
template void FieldReader::read_map(const char*, std::map<std::string, std::string, std::less<>>&);

std::span<const Tree> FieldReader::list(const Tree& tree) {
  if (!tree.is_sequence() && !tree.is_null()) errors_.add(at_, fmt::format("expected a list, found {}", tree.describe()));
  return tree.items();
}

}  // namespace amime::source
