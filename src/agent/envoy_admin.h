// What the agent asks of its Envoy's admin interface. Blocking, each call bounded; any thread.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace amime::agent {

class EnvoyAdmin {
 public:
  explicit EnvoyAdmin(std::string address);  // ADDRESS:PORT

  // Statistics whose names match, by name. Unavailable, DeadlineExceeded: Envoy does not answer.
  absl::StatusOr<std::map<std::string, std::uint64_t, std::less<>>> stats(std::string_view filter) const;
  // Clients are told to go elsewhere; `stay`: listeners are not closed at the end of the drain.
  absl::Status drain_listeners(bool inbound_only, bool stay) const;

  static constexpr const char* kReadyFilter =
      "^(server.state|listener_manager.workers_started|cluster_manager.cds.update_success|listener_manager.lds.update_success)$";

 private:
  const std::string address_;
};

using EnvoyStats = std::map<std::string, std::uint64_t, std::less<>>;
EnvoyStats parse_stats(std::string_view text);
// Connections of clients: all listeners but the admin interface's and those of `status_port` and `stats_port`. -1: Envoy counts none.
std::int64_t active_connections(const EnvoyStats& stats, int status_port, int stats_port);

}  // namespace amime::agent
