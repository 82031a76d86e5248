// LocalMesh: between a source and the hub of `amime up`: keeps the user's objects, and says what differs for the hub after
// localize() when they change or when a workload dies. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "local/localize.h"

namespace amime::local {

class LocalMesh {
 public:
  // `mutual_tls`: workloads stand behind proxies with certificates.
  explicit LocalMesh(unsigned block, bool mutual_tls = false) : plan_(block), mutual_tls_(mutual_tls) {}

  // The user's objects changed; returns the hub's changes.
  std::vector<mesh::Change> apply(const std::vector<mesh::Change>& changes);
  // Keys of the workloads that are not to be endpoints now; returns the hub's changes.
  std::vector<mesh::Change> set_unready(std::vector<std::string> workloads);

  std::vector<Workload> workloads() const;
  std::vector<unsigned> service_ports() const;
  std::uint64_t generation() const;  // rises whenever workloads() changes
  std::vector<std::string> notes() const;

 private:
  std::vector<mesh::Change> localized_anew();  // the lock is held

  mutable std::mutex mutex_;
  AddressPlan plan_;
  const bool mutual_tls_;
  std::map<mesh::ObjectKey, mesh::ObjectPtr> objects_;  // the user's
  std::map<mesh::ObjectKey, std::uint64_t> sent_;       // the hub's: digests
  std::vector<std::string> unready_;
  std::vector<Workload> workloads_;
  std::vector<unsigned> service_ports_;
  std::vector<std::string> notes_;
  std::uint64_t generation_ = 0;
};

}  // namespace amime::local
