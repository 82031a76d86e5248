// One object of a tree: metadata, payload, validation. Private to src/source.
#pragma once

#include <memory>
#include <string>

#include "source/kinds.h"
#include "source/parse.h"

namespace amime::source {

// Reads `tree`, an object of kind `info`, and appends it, with its problems, to `out`.
void read_object(const base::Tree& tree, const KindInfo& info, const std::string& file, const ParseOptions& options, ParsedFile& out);

// Appends `problems` of the object `key` (null: unknown) in `file` to `out`.
void append_problems(std::vector<Problem> problems, const std::string& file, const mesh::ObjectKey* key, ParsedFile& out);

// The MeshConfig that `text` holds (found in `file` from line `line` on), as an object of kind kMeshConfig.
void read_mesh_config(const base::Tree& tree, int line, const std::string& file, ParsedFile& out);
// The same from a ConfigMap's value, whose YAML stands `line` lines into the file.
void read_mesh_config_text(const std::string& text, int line, const std::string& file, const ParseOptions& options, ParsedFile& out);

}  // namespace amime::source
