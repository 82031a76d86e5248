// StatusBoard: the statuses of objects, by the unit that knows them, and how many routes each listener has. Written by the thread that
// derives; handed out to any.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/gateway_api/conversion.h"
#include "source/gateway_api/gateway.h"

namespace amime::source::gateway_api {

using ListenerName = std::pair<mesh::ObjectKey, std::string>;  // owner, section

class StatusBoard {
 public:
  // Replaces what the unit says.
  void set(const mesh::ObjectKey& unit, StatusMap statuses);
  // Replaces the listeners that the route is attached to.
  void set_attached(const mesh::ObjectKey& route, std::set<ListenerName> listeners);
  // Makes what was set since the last time visible.
  void publish();

  Statuses get() const;  // any thread

 private:
  void count(const std::set<ListenerName>& listeners, int by);

  std::map<mesh::ObjectKey, std::set<mesh::ObjectKey>> keys_of_;  // by unit
  StatusMap statuses_;
  std::map<mesh::ObjectKey, std::set<ListenerName>> attached_;  // by route
  std::map<ListenerName, std::size_t> counts_;
  std::set<mesh::ObjectKey> changed_;

  mutable std::mutex mutex_;
  Statuses published_;
};

}  // namespace amime::source::gateway_api
