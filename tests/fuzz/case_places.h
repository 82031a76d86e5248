// Places: every value of a case as a tree that can be changed, with what Istio's or Envoy's API says stands there. Private to
// case_mutator.cc.
#pragma once

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace amime::test {

using Json = nlohmann::ordered_json;

std::vector<Json> parse_case(std::string_view text);
// JSON values one after another, mappings first, so that readers take it for JSON.
std::string write_case(const std::vector<Json>& documents);

struct Place {
  Json* value = nullptr;
  Json* parent = nullptr;                                    // null: the document itself
  std::string key;                                           // in a mapping, else of the list that it stands in
  const google::protobuf::Descriptor* type = nullptr;        // of a mapping whose fields are known
  const google::protobuf::FieldDescriptor* field = nullptr;  // that it is a value of; null: not known
  bool list = false;                                         // it is the whole of a repeated field or of a map
};
// All places of a document, in the order of the text.
std::vector<Place> places_of(Json& document);

}  // namespace amime::test
