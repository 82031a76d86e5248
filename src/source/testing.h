// For tests of this room: parse a text and say what came out in one string.
#pragma once

#include <string>
#include <vector>

#include "source/parse.h"

namespace amime::source {

// "line: field: message" of each problem; warnings begin with "warning ".
inline std::vector<std::string> problems_of(const ParsedFile& file) {
  std::vector<std::string> out;
  for (const Problem& p : file.problems)
    out.push_back((p.severity == Severity::kWarning ? "warning " : "") + std::to_string(p.line) + ": " + p.field + ": " + p.message);
  return out;
}
inline std::vector<std::string> problems_of(const std::string& yaml) { return problems_of(parse_documents(yaml, "test.yaml")); }

// The problems of one object of Istio's: kind and spec (indented YAML in flow style, or lines that begin with two spaces).
inline std::string istio_object(const std::string& kind, const std::string& spec, const std::string& metadata = "name: x") {
  const std::string group = kind.ends_with("Policy") || kind.ends_with("Authentication") ? "security"
                            : kind == "Telemetry"                                        ? "telemetry"
                            : kind == "WasmPlugin"                                       ? "extensions"
                                                                                         : "networking";
  const std::string version = kind == "EnvoyFilter"   ? "v1alpha3"
                              : kind == "ProxyConfig" ? "v1beta1"
                              : kind == "WasmPlugin"  ? "v1alpha1"
                                                      : "v1";
  return "apiVersion: " + group + ".istio.io/" + version + "\nkind: " + kind + "\nmetadata: {" + metadata + "}\nspec: " + spec + "\n";
}

}  // namespace amime::source
