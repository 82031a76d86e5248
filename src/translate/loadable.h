// What a message names that the Envoy of a proxy was not built with: it would refuse all that the message is part of.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "mesh/extensions.h"
#include "translate/resource.h"
#include "translate/view.h"

namespace amime::translate {

// Types of extensions' configurations, each once, in the order in which they stand. What Envoy passes over when it does not know
// it (a filter with is_optional, a load balancing policy of several) does not count.
std::vector<std::string> lacking(const google::protobuf::Message& message, const mesh::Extensions& extensions);
// For rules that can do without what they made.
std::vector<std::string> lacking(View& view, const google::protobuf::Message& message);
std::vector<std::string> lacking(const Resource& resource, const mesh::Extensions& extensions);

// What of all resources can be loaded by whom, without decoding them: by Resource::types. Owned by the Engine, used on its thread.
class Loadable {
 public:
  // True: all of it. False: it has to be looked into (lacking).
  bool surely(const Resource& resource, const mesh::Extensions& extensions);

 private:
  std::unordered_set<std::uint64_t> known_;  // by list and types
};

}  // namespace amime::translate
