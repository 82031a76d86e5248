// Random values that the fields of a descriptor may have: mostly sensible, sometimes at the edge. Private to case_mutator.cc.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/case_places.h"

namespace amime::test {

class RandomValues {
 public:
  explicit RandomValues(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n ? random_() % n : 0; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  // Strings that a case has are what its other fields may refer to.
  void learn(const Json& value, const std::string& key = "");

  // A value of the field: all of it (a list, a map), or one of its items.
  Json value_of(const google::protobuf::FieldDescriptor& field, bool whole, int depth = 2);
  Json message_of(const google::protobuf::Descriptor& type, int depth);
  // A value instead of one whose field is not known.
  Json like(const Json& value, const std::string& key);
  std::string text(std::string_view key);
  // One field more in a mapping of that type.
  void add_field(Json& mapping, const google::protobuf::Descriptor& type);

 private:
  Json number();
  Json scalar_of(const google::protobuf::FieldDescriptor& field, int depth);
  Json leaf_of(const google::protobuf::Descriptor& type);
  std::string from(const std::vector<std::string>& list) { return list[below(list.size())]; }

  std::mt19937 random_;
  std::map<std::string, std::vector<std::string>> learned_;  // by key; "": all
};

}  // namespace amime::test
