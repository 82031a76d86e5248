// UpSources: the directories of `amime up`, each watched by a FilesSource, through LocalMesh to the hub.
// start() and stop() from one thread; the sources' threads do the rest.
#pragma once

#include <absl/status/status.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "local/debug_config.h"
#include "local/local_mesh.h"
#include "source/gateway_api/conversion.h"

namespace amime::delivery {
class Hub;
}
namespace amime::source {
class FilesSource;
struct Batch;
}  // namespace amime::source

namespace amime::local {

class UpSources {
 public:
  UpSources(const std::vector<std::string>& dirs, const std::string& mesh_config, LocalMesh& local, delivery::Hub& hub);
  ~UpSources();

  // Reads all directories; the hub hears of them together. InvalidArgument: one cannot be read.
  absl::Status start();
  void stop();
  SourceStatuses statuses() const;
  source::gateway_api::Statuses derived() const { return conversion_.statuses(); }  // of Gateway API's objects
  // Workloads that are no endpoints now.
  void set_unready(std::vector<std::string> workloads);

 private:
  void take(source::Batch batch);
  LocalMesh& local_;
  delivery::Hub& hub_;
  source::gateway_api::Conversion conversion_;  // outlives the sources' threads, which feed it
  std::vector<std::unique_ptr<source::FilesSource>> sources_;
  std::mutex mutex_;  // keeps the order of what LocalMesh says
  bool started_ = false;
  std::vector<mesh::Change> first_;
};

}  // namespace amime::local
