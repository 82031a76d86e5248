// Subscription: one type on one stream: what was asked for, what is wanted, what was sent, what was acknowledged.
//
// A record without a lock of its own: it belongs to its stream. It keeps sets, not lists of resources: a thousand streams
// that are in step share them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delivery/publication.h"
#include "delivery/selections.h"
#include "delivery/stats.h"
#include "mesh/object.h"

namespace amime::delivery {

// A message that the proxy has not answered yet.
struct Unanswered {
  std::uint64_t number = 0;  // of its nonce
  translate::ResourceSetPtr from, to;
  std::shared_ptr<const std::string> version;
  std::vector<ConvergencePtr> causes;
  std::optional<SteadyTime> arrived;  // the oldest change that it is for; none: for a new proxy
  Phase phase{};
};

// The last message that the proxy refused.
struct Rejection {
  std::uint64_t number = 0;
  SystemTime at;
  std::string error;                              // Envoy's own words
  std::vector<translate::ResourcePtr> resources;  // that were in it: those that Envoy's words name, else all (up to a few)
  std::vector<mesh::ObjectKey> objects;           // that shaped these
  bool current = true;                            // nothing was accepted since, and they are still wanted
};

struct Subscription {
  bool active = false;  // the proxy has asked for this type
  Filter filter;
  std::unique_ptr<std::vector<std::pair<std::string, std::string>>> claims;  // initial_resource_versions, until weighed

  translate::ResourceSetPtr source;    // of the catalog; `wanted` was selected from it with `filter`. Null: select anew
  translate::ResourceSetPtr wanted;    // null before the first publication
  translate::ResourceSetPtr sent;      // what the proxy holds if it accepts all that is on its way
  std::vector<ConvergencePtr> causes;  // of what is wanted and not yet sent

  std::size_t portion = 0;  // after a refusal: how many units a message may have (isolation.h); 0: any number

  bool owed = false;               // an answer is due, be it empty
  bool asked_all = false;          // ... which lists all names that do not exist
  std::vector<std::string> asked;  // ... or which of these do not
  std::vector<std::string> gone;   // virtual hosts of tables that the proxy has dropped

  std::uint64_t last_number = 0;  // of the nonce sent last; 0: nothing was sent
  SystemTime sent_at;
  std::shared_ptr<const std::string> sent_version;
  std::vector<Unanswered> unanswered;  // oldest first, few

  std::uint64_t acked_number = 0;
  SystemTime acked_at;
  std::shared_ptr<const std::string> acked_version;
  translate::ResourceSetPtr acked;  // null: none
  std::unique_ptr<Rejection> rejection;

  bool in_step() const { return wanted && wanted->digest() == sent->digest(); }
  bool must_speak() const { return owed || !gone.empty(); }
  bool has_news() const { return active && wanted && (must_speak() || !in_step()); }
};

// Makes a record of the message that leads from `sent` to `to`, and takes that as sent.
void note_sent(Subscription& subscription, const translate::ResourceSetPtr& to, std::uint64_t number,
               const std::shared_ptr<const std::string>& version);

enum class Answer : std::uint8_t { kNone, kAck, kNack, kStale };
// Settles the message of this nonce; those before it are settled by it too. A NACK fills `rejection`, and has what was
// refused together go out again in smaller portions. `whole`: the protocol's messages of this type are complete.
Answer settle(Subscription& subscription, translate::Type type, std::uint64_t number, bool rejected, std::string_view error, bool whole,
              Selections& selections);

}  // namespace amime::delivery
