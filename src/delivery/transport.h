// Transport: the seam between a stream's logic and whatever carries it (gRPC, or a test that plays a proxy).
#pragma once

#include <absl/status/status.h>

#include <string>

#include "delivery/message.h"

namespace amime::delivery {

// One stream's way out. Owned by the carrier; outlives the call of finish().
class Transport {
 public:
  virtual ~Transport() = default;
  // At most one write is in flight: Stream::on_write_done() allows the next one. Any thread, no lock held.
  virtual void write(Message message) = 0;
  // Ends the stream. Called exactly once, never while a write is in flight; nothing is called after it. Any thread.
  virtual void finish(const absl::Status& status) = 0;
};

// Whom a certificate or a token proves the other end to be.
struct ProvenPeer {
  std::string ns, service_account;
  bool in_root_namespace = false;
};

// Who is at the other end.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string address() const = 0;
  // Whether secrets may go to this peer; `why_not` receives the reason. May be slow (asks the kernel): call rarely.
  virtual bool may_have_secrets(std::string* why_not) const = 0;
  // Whether it speaks from a loopback address, as far as that is known.
  virtual bool on_loopback() const { return false; }
  // Null where nobody proves anything: on plaintext. Its Node must then agree (isolation, SDS), or the stream ends.
  virtual const ProvenPeer* proven() const { return nullptr; }
};

}  // namespace amime::delivery
