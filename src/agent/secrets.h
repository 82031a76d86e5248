// What Envoy asks for by name over SDS: `default` (this workload's certificate and key), `ROOTCA` (whom it trusts), and files that
// users name: `file-cert:CERT~KEY`, `file-root:PATH`.
//
// Owned by the agent, on its loop's thread.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agent/loop.h"
#include "identity/secret.h"

namespace amime::agent {

inline constexpr std::string_view kOwnCertificate = "default";
inline constexpr std::string_view kOwnRoots = "ROOTCA";

class Secrets {
 public:
  explicit Secrets(Loop& loop) : loop_(loop) {}
  ~Secrets() { loop_.cancel(timer_); }

  struct Value {
    std::string version;
    identity::Secret encoded;  // envoy.extensions.transport_sockets.tls.v3.Secret
  };
  // Unavailable: not yet (on_change tells when). Anything else: why not.
  absl::StatusOr<Value> get(std::string_view name);
  std::function<void(std::string_view name)> on_change;

  // A new certificate of this workload. Roots are told as changed only if they are.
  void set_own(const identity::Secret& key, std::string_view chain, std::string_view roots);

  // Files whose secrets were asked for are looked at again this often.
  static constexpr std::chrono::milliseconds kLookAgain{1000};

 private:
  absl::StatusOr<Value> of_files(std::string_view name) const;
  void look_again();
  Loop& loop_;
  std::map<std::string, Value, std::less<>> own_;
  std::map<std::string, std::string, std::less<>> files_;  // names of secrets in files, with the version told last
  Loop::TimerId timer_ = 0;
};

}  // namespace amime::agent
