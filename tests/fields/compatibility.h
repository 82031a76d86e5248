// The list of fields with what is known of each, and docs/compatibility.md made of it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fields/fields.h"

namespace amime::test {

struct Row {
  Field field;
  Proof proof;
  std::string reason;  // why no case proves it; empty: none is given
  bool proven() const { return !proof.in_resources.empty() || !proof.in_notes.empty(); }
};

struct KindRows {
  std::string kind;
  std::vector<Row> rows;
};

// reasons.yaml: kind -> path -> reason. A path that ends in `*` stands for all that begin so and are not proven.
class Reasons {
 public:
  explicit Reasons(const std::filesystem::path& file);
  // The longest path that fits decides; empty: none.
  std::string of(const std::string& kind, const std::string& path);
  std::vector<std::string> unused() const;  // "KIND PATH" of those that no call of of() took

 private:
  struct Reason {
    std::string text;
    bool used = false;
  };
  std::map<std::string, std::map<std::string, Reason>> kinds_;
};

// All kinds of Istio's traffic API, in the order of the document.
std::vector<KindRows> compatibility(Proofs& proofs, Reasons& reasons);

std::string to_markdown(const std::vector<KindRows>& kinds);

}  // namespace amime::test
