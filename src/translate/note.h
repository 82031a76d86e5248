// Note: what one object's translation has to tell its user: a field not honoured, a dangling reference.
#pragma once

#include <compare>
#include <string>

#include "mesh/object.h"

namespace amime::translate {

struct Note {
  mesh::ObjectKey object;
  std::string code;   // "not-honoured", "dangling", "conflict"
  std::string field;  // path as the user writes it: spec.http[0].route[0].destination.subset
  std::string text;
  auto operator<=>(const Note&) const = default;
  bool operator==(const Note&) const = default;
};

}  // namespace amime::translate
