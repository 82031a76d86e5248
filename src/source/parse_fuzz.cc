// Fuzz entry of what reads users' bytes: every document, every kind, the mesh's configuration. Whatever comes in, it must
// end in objects or problems, what is good must read back as it is, and what is derived of it is made without a crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "source/gateway_api/conversion.h"
#include "source/last_good.h"
#include "source/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace amime::source;
  if (size == 0) return 0;
  // The first byte chooses the reader.
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  ParseOptions options;
  options.limits.nodes = 10'000;
  const ParsedFile parsed = data[0] % 4 == 3 ? parse_mesh_config(text, "fuzz.yaml", options)
                                             : parse_documents(text, data[0] % 2 ? "fuzz.json" : "fuzz.yaml", options);
  std::vector<amime::mesh::Change> changes;
  for (const ParsedObject& object : parsed.objects)
    if (object.object) changes.push_back({object.key, object.object});
  gateway_api::Conversion().add_derived(changes);
  for (const ParsedObject& object : parsed.objects) {
    if (!object.object || !object.json) continue;
    // JSON has no numbers for these.
    if (object.json->find(".inf") != std::string::npos || object.json->find(".nan") != std::string::npos) continue;
    const auto again = object_of({object.key, *object.json, "fuzz.yaml", object.line}, options);
    if (!again || again->digest != object.object->digest) std::abort();
  }
  return 0;
}
