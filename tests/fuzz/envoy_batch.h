// The real Envoy's verdict over many resources at once: what several meshes' proxies would be sent, in one bootstrap, halved
// until the refused ones are found (`envoy --mode validate`; a second or two a run).
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "golden/golden_case.h"

namespace amime::test {

// A cluster, or a listener with its routes inside.
struct Judged {
  std::string name;
  bool listener = false;
  std::string bytes;
  std::set<std::string> clusters;  // that there are beside a listener
  std::filesystem::path input;
};
struct Refused {
  Judged what;
  std::string reason;
};

class EnvoyBatch {
 public:
  // `scratch`: a folder for bootstraps and certificates.
  EnvoyBatch(std::string envoy, std::filesystem::path scratch);

  // Resources that were added before, of whatever mesh, are not judged again.
  void add(const translate::Catalog& catalog, const std::filesystem::path& input);
  std::size_t size() const { return judged_.size(); }

  std::vector<Refused> refused();
  std::size_t runs() const { return runs_; }

 private:
  using Iterator = std::vector<Judged>::const_iterator;
  void judge(Iterator begin, Iterator end, std::vector<Refused>& out);
  // What Envoy says; empty: it takes all.
  std::string ask(Iterator begin, Iterator end);

  const std::string envoy_;
  const std::filesystem::path scratch_;
  std::vector<Judged> judged_;
  std::set<std::uint64_t> seen_;
  std::size_t runs_ = 0;
};

}  // namespace amime::test
