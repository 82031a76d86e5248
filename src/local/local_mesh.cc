#include "local/local_mesh.h"

#include <utility>

namespace amime::local {

std::vector<mesh::Change> LocalMesh::apply(const std::vector<mesh::Change>& changes) {
  std::lock_guard lock(mutex_);
  for (const auto& change : changes) {
    if (change.object) {
      objects_[change.key] = change.object;
    } else {
      objects_.erase(change.key);
    }
  }
  return localized_anew();
}

std::vector<mesh::Change> LocalMesh::set_unready(std::vector<std::string> workloads) {
  std::lock_guard lock(mutex_);
  if (workloads == unready_) return {};
  unready_ = std::move(workloads);
  return localized_anew();
}

std::vector<mesh::Change> LocalMesh::localized_anew() {
  std::vector<mesh::ObjectPtr> objects;
  for (const auto& [key, object] : objects_) objects.push_back(object);
  auto result = localize(objects, plan_, unready_);
  if (mutual_tls_) mark_mutual_tls(&result);
  std::vector<mesh::Change> changes;
  std::map<mesh::ObjectKey, std::uint64_t> sent;
  for (const auto& object : result.objects) {
    sent[object->key] = object->digest;
    auto old = sent_.find(object->key);
    if (old == sent_.end() || old->second != object->digest) changes.push_back({object->key, object});
  }
  for (const auto& [key, digest] : sent_)
    if (!sent.contains(key)) changes.push_back({key, nullptr});
  sent_ = std::move(sent);
  if (result.workloads != workloads_) ++generation_;
  workloads_ = std::move(result.workloads);
  service_ports_ = std::move(result.service_ports);
  notes_ = std::move(result.notes);
  return changes;
}

std::vector<Workload> LocalMesh::workloads() const {
  std::lock_guard lock(mutex_);
  return workloads_;
}
std::vector<unsigned> LocalMesh::service_ports() const {
  std::lock_guard lock(mutex_);
  return service_ports_;
}
std::uint64_t LocalMesh::generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}
std::vector<std::string> LocalMesh::notes() const {
  std::lock_guard lock(mutex_);
  return notes_;
}

}  // namespace amime::local
