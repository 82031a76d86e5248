// Stream: one proxy's ADS stream as a state machine without a network: requests and catalogs go in, messages come out.
//
// It remembers, per type, sets: what is wanted and what was sent (Subscription). A message is the step from one to the
// other, made of bytes that all streams share. While a write is in flight nothing is queued: what has changed meanwhile is
// found by comparing again when the write is done, so a slow proxy gets the newest and costs nothing. Within one push the
// types go out in the order of translate::Type, and clusters that were sent are followed by their endpoints, changed or
// not, because Envoy warms them again.
// The carrier owns it (shared with the hub until on_closed()); any thread, one lock per stream, never held while writing.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/alarms.h"
#include "delivery/context.h"
#include "delivery/gate.h"
#include "delivery/node.h"
#include "delivery/publication.h"
#include "delivery/request.h"
#include "delivery/subscription.h"
#include "delivery/transport.h"

namespace amime::delivery {

enum class Protocol : std::uint8_t { kDelta, kSotw };

class Stream : public Subscriber, public Sleeper, public std::enable_shared_from_this<Stream> {
 public:
  // `transport` outlives the call of its finish(); `peer` may be null (then no secrets).
  Stream(Protocol protocol, Context& context, Transport* transport, std::shared_ptr<const Peer> peer);

  // --- from the carrier ---
  void on_request(std::string_view bytes);  // one at a time
  void on_write_done();
  void on_closed();                        // by the peer, or the connection broke
  void close(const absl::Status& status);  // from our side

  void on_publication(const Publication& publication) override;
  // Something that was waited for may have come with time alone.
  void on_alarm() override;

  // --- for views ---
  Protocol protocol() const { return protocol_; }
  std::uint64_t serial() const { return serial_; }
  SystemTime connected() const { return connected_; }
  std::string peer_address() const { return peer_ ? peer_->address() : ""; }
  std::shared_ptr<const mesh::ProxyFacts> proxy() const;  // null before the first request
  translate::RouteDelivery route_delivery() const;
  // Calls `view` with the subscriptions, under the stream's lock: be short.
  void inspect(const std::function<void(const Subscriptions&, const Gate&)>& view) const;
  std::string nonce(std::uint64_t number) const;

 protected:
  using Lock = std::unique_lock<std::mutex>;
  Subscription& of(translate::Type type) { return subscriptions_[static_cast<std::size_t>(type)]; }

  // The protocol's own part: what a request does to a subscription, and what a message looks like. Called with the lock.
  virtual absl::StatusOr<Request> decode(std::string_view bytes) const = 0;
  virtual void subscribe(translate::Type type, const Request& request, Answer answer) = 0;
  // The message that leads to what is wanted; none when the protocol has nothing to say about this step.
  virtual std::optional<Message> compose(translate::Type type, const StepPtr& step, const std::string& nonce) = 0;
  // The answer to a request for a type that translation does not make; none: it is not served. An error ends the stream. Called without
  // the lock.
  virtual absl::StatusOr<std::optional<Message>> answer_other(const Request&) const { return std::nullopt; }
  // A reconnecting proxy's claims, just before they are weighed: the protocol may void some.
  virtual void review_claims(translate::Type, std::vector<std::pair<std::string, std::string>>&) {}

  void set_names(translate::Type type, NameSetPtr names);
  // The same where the names only became more, which costs no look at the others.
  void add_names(translate::Type type, NameSetPtr names, std::span<const std::string_view> added);
  const std::string& version() const { return *version_; }
  const Peer* peer() const { return peer_.get(); }
  Context& context_;

 private:
  absl::Status meet(const Request& request);
  void answer_other_type(Lock& lock, const Request& request);
  void ask_for_names();
  std::uint64_t number_of(std::string_view nonce) const;
  Answer acknowledge(translate::Type type, const Request& request);
  void observe_phase(const Subscription& subscription, std::uint64_t number, bool rejected);
  void charge(translate::Type type, const Rejection& rejection);
  void refresh(translate::Type type, const ConvergencePtr& cause);
  void weigh_claims(Subscription& subscription, translate::Type type);
  translate::ResourceSetPtr with_what_was_sent(translate::ResourceSetPtr wanted, const Subscription& s);
  translate::ResourceSetPtr source_of(translate::Type type);
  bool secrets_allowed();
  std::optional<Message> next_message();
  std::optional<Message> message_of(translate::Type type, SteadyTime now);
  void set_alarm(SteadyTime now);
  void follow_with_endpoints(const StepPtr& clusters);
  void pump(Lock& lock);
  void end(Lock& lock, const absl::Status& status);
  void finish_if_idle(Lock& lock);
  Possessions possessions() const;
  void leave();

  const Protocol protocol_;
  const std::uint64_t serial_;
  const SystemTime connected_;
  Transport* const transport_;
  const std::shared_ptr<const Peer> peer_;

  mutable std::mutex mutex_;
  std::shared_ptr<const mesh::ProxyFacts> proxy_;
  translate::RouteDelivery route_delivery_{};
  Hub::Ticket ticket_ = 0;
  Subscriptions subscriptions_;
  Gate gate_;
  std::optional<SteadyTime> alarm_;  // set for then
  translate::CatalogPtr catalog_;
  std::shared_ptr<const std::string> version_;
  std::uint64_t sequence_ = 0;
  std::uint64_t last_number_ = 0;
  // Clusters sent before the proxy asked for endpoints: if it then claims to have these, they go out nevertheless.
  std::vector<std::pair<translate::ResourceSetPtr, translate::ResourceSetPtr>> clusters_sent_;
  std::vector<Message> replies_;  // to requests for other types, not yet written; few
  std::optional<bool> secrets_allowed_;
  SteadyTime write_started_;
  translate::Type writing_type_{};
  std::optional<absl::Status> ended_;
  bool writing_ = false, finished_ = false;
};

// The two protocols.
std::shared_ptr<Stream> make_delta_stream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer);
std::shared_ptr<Stream> make_sotw_stream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer);

}  // namespace amime::delivery
