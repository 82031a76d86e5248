// From the text of a file to objects: documents, lists, kinds, fields, validation. No I/O; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/tree.h"
#include "mesh/object.h"
#include "source/problem.h"

namespace amime::source {

struct ParseOptions {
  std::string root_namespace = "istio-system";  // where ConfigMap "istio" is the mesh's configuration
  bool config_map_is_mesh_config = true;        // false: --mesh-config was given
  bool validate = true;                         // false: fields only, not their meaning
  base::TreeLimits limits;
};

// One object of a file, good or bad.
struct ParsedObject {
  mesh::ObjectKey key;
  mesh::ObjectPtr object;  // null: `problems` of the file say why it is not in force
  int line = 0;
  // What the user wrote, as JSON, for the record of last good versions; null for a Secret.
  std::shared_ptr<const std::string> json;
  mesh::ObjectPtr stand_in;  // denies where there is no good version; null: nothing does (refused_policy.h)
};

struct ParsedFile {
  std::vector<ParsedObject> objects;
  std::vector<Problem> problems;
  // Kinds that are not Amime's ("gateway.networking.k8s.io/v1 HTTPRoute"), and how many objects of each there are.
  std::map<std::string, int> unknown_kinds;
  // False: some document could not be read or told to be an object, so that objects may be missing here.
  bool complete = true;
  // A document that could not be read mentions a security policy's API group: what it says is unknown, and may matter.
  bool unreadable_policy = false;
};

// What the documents of one file were read as, so that an edit of one of thousands does not read the others again.
class DocumentCache {
 public:
  struct Entry {
    int line = 0;  // where the document stood
    ParsedFile parsed;
  };
  // The document of this text as it was read last, moved to `line`; null if it was not. Entries not asked for since
  // next_read() are forgotten by the one after.
  const ParsedFile* find(std::uint64_t text_hash, int line);
  const ParsedFile& put(std::uint64_t text_hash, int line, ParsedFile parsed);
  void next_read();

 private:
  std::unordered_map<std::uint64_t, Entry> before_, now_;
};

// Reads every document of `text`. `file` is what problems and origins name. A cache is for one file and equal options.
ParsedFile parse_documents(std::string_view text, const std::string& file, const ParseOptions& options = {},
                           DocumentCache* cache = nullptr);

// The mesh's configuration: a bare MeshConfig, or a ConfigMap with key "mesh". Istio's defaults are filled in: the payload
// of the resulting Kind::kMeshConfig object is to be taken as it is.
ParsedFile parse_mesh_config(std::string_view text, const std::string& file, const ParseOptions& options = {});

// The key of the object that holds the mesh's configuration.
mesh::ObjectKey mesh_config_key();

}  // namespace amime::source
