// Fields: every field of Istio's API that a user can write, and which golden case proves what becomes of it.
//
// A case proves a field when its answer differs once that field is taken out of it (of an enum: once it has another value).
// So what is "read" but without effect is not proven, and a case that says nothing of a field cannot be counted for it.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "golden/golden_case.h"

namespace amime::test {

// One line of the list: a field of a message, or one value of an enum field. A message that stands in several places
// (TrafficPolicy, StringMatch) is listed once, at the first of them: one translation serves all.
struct Field {
  const google::protobuf::FieldDescriptor* field = nullptr;
  int value = -1;    // of an enum, else -1
  std::string path;  // as the user writes it: http[].match[].uri.prefix, servers[].tls.mode: SIMPLE
  bool operator<(const Field& other) const { return field != other.field ? field < other.field : value < other.value; }
};

// All that a kind's spec can say, in the order of the API, without the messages that were `listed` before; adds to those.
using Listed = std::set<const google::protobuf::Descriptor*>;
std::vector<Field> fields_of(const google::protobuf::Descriptor& spec, Listed* listed);

struct Proof {
  std::string in_resources;  // the case whose resources differ; empty: none
  std::string in_notes;      // the case that only says something else about the object; empty: none
};
using Proofs = std::map<Field, Proof>;

// Tries every field that an object of the case has, except what is proven already.
void prove(const GoldenCase& golden, Proofs& proofs);

}  // namespace amime::test
