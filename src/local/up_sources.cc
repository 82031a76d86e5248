#include "local/up_sources.h"

#include "delivery/hub.h"
#include "source/files/files_source.h"

namespace amime::local {

UpSources::UpSources(const std::vector<std::string>& dirs, const std::string& mesh_config, LocalMesh& local, delivery::Hub& hub)
    : local_(local), hub_(hub) {
  for (const auto& dir : dirs) {
    source::FilesOptions options;
    options.directory = dir;
    if (sources_.empty()) options.mesh_config_file = mesh_config;
    options.parse.config_map_is_mesh_config = mesh_config.empty();  // of every directory: the file is the only one
    sources_.push_back(std::make_unique<source::FilesSource>(std::move(options)));
  }
}
UpSources::~UpSources() = default;

absl::Status UpSources::start() {
  for (auto& source : sources_)
    if (auto status = source->start([this](source::Batch batch) { take(std::move(batch)); }); !status.ok())
      return absl::IsInternal(status) ? status : absl::InvalidArgumentError(status.message());
  std::lock_guard lock(mutex_);
  started_ = true;
  hub_.submit(std::move(first_));
  return absl::OkStatus();
}

void UpSources::take(source::Batch batch) {
  std::lock_guard lock(mutex_);
  conversion_.add_derived(batch.changes);
  auto changes = local_.apply(batch.changes);
  if (!started_) {
    first_.insert(first_.end(), changes.begin(), changes.end());
  } else if (!changes.empty()) {
    hub_.submit(std::move(changes));
  }
}

void UpSources::set_unready(std::vector<std::string> workloads) {
  std::lock_guard lock(mutex_);
  if (auto changes = local_.set_unready(std::move(workloads)); !changes.empty()) hub_.submit(std::move(changes));
}

void UpSources::stop() {
  for (auto& source : sources_) source->stop();
}

SourceStatuses UpSources::statuses() const {
  SourceStatuses out;
  for (const auto& source : sources_) out.push_back(source->status());
  return out;
}

}  // namespace amime::local
