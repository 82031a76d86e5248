// Gate: how far a proxy may be taken towards what is wanted, so that no change breaks a request: make before break.
//
//   union   clusters, endpoints and secrets go at once, beside what is there
//   switch  a listener, route table or virtual host goes when the clusters it names are ready at this proxy
//   names   an agent's name table follows when listeners and routes that came are acknowledged
//   prune   virtual hosts go away when the listeners that came are acknowledged; listeners when the routes that came are;
//           clusters, and their endpoints, when nothing that the proxy may still use names them; what a listener named in
//           its version before, when that version's connections are drained
//
// Why: Envoy warms clusters and listeners but not routes; a route to a cluster that is not there answers 503 (xDS protocol,
// "eventual consistency considerations"). A cluster is ready when the proxy has acknowledged it and then its endpoints; one
// that the proxy resolves by DNS counts as ready `dns_bound` later, as nobody tells. A listener needs no gate towards its
// route tables: Envoy warms it until it has them.
//
// Gates are per proxy and per thing named: what waits delays nothing that does not touch it. Reads the stream's
// subscriptions; owned by the stream, called with its lock.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delivery/subscription.h"

namespace amime::delivery {

using Subscriptions = std::array<Subscription, translate::kTypes>;

// Why something waits. Empty: it does not.
struct Why {
  std::string_view code;  // a metric's label: cluster, endpoints, dns, listeners, routes, together, in_use, drain, reconnect
  std::string text;       // "cluster outbound|80|v2|a.default.svc.cluster.local is not acknowledged"
  bool empty() const { return text.empty(); }
};

// What a proxy may have, by type: several sets, if it is not known which.
using Possessions = std::array<std::vector<translate::ResourceSetPtr>, translate::kTypes>;

// What a proxy is not told yet, and why.
struct Waiting {
  translate::Type type{};
  std::string name;
  Why why;
  SteadyTime since;
  bool overdue = false;  // longer than the bound
};

struct GateOptions {
  std::chrono::milliseconds bound{30'000};     // --rollout-timeout: after it a wait is overdue ...
  bool proceed = false;                        // ... and, with --rollout-policy proceed, over
  std::chrono::milliseconds dns_bound{2'000};  // a cluster that the proxy resolves itself is ready so much later
  // Connections of a listener's version before last as long (Envoy's --drain-time-s, Istio's drainDuration): what they
  // use stays. A guess: nobody tells.
  std::chrono::milliseconds drain{45'000};
  std::chrono::milliseconds reconnect_bound{5'000};  // a proxy that came back has said by then what it uses
};

class Gate {
 public:
  // `whole`: messages of clusters and listeners are complete (state of the world): what is left out is taken away.
  Gate(const Subscriptions& subscriptions, const GateOptions& options, Selections& selections, bool whole)
      : subscriptions_(subscriptions), options_(options), selections_(selections), whole_(whole) {}

  // What the proxy may be told of `type` now: what is wanted, or something on the way there.
  translate::ResourceSetPtr goal(translate::Type type, SteadyTime now);
  // The proxy acknowledged what leads from `before` to `after`.
  void acknowledged(translate::Type type, const translate::ResourceSetPtr& before, const translate::ResourceSetPtr& after, SteadyTime now);
  // The proxy came back with what it had, which it tells type by type.
  void returned(SteadyTime now) { returned_ = now; }
  // The same where the protocol does not let it tell (state of the world): what its stream before may have left it with.
  void returned(Possessions had, SteadyTime now);

  // What it may have of before this stream.
  const std::vector<translate::ResourceSetPtr>& had(translate::Type type) const { return had_[static_cast<std::size_t>(type)]; }

  const std::vector<Waiting>& waiting(translate::Type type) const { return waiting_[static_cast<std::size_t>(type)]; }
  // What has become overdue since the last call.
  std::vector<Waiting> take_overdue() { return std::exchange(overdue_, {}); }
  // When to ask again although nothing was heard; none: time alone changes nothing.
  std::optional<SteadyTime> look_again(SteadyTime now) const;

 private:
  using Goal = translate::ResourceSetPtr;
  const Subscription& of(translate::Type type) const { return subscriptions_[static_cast<std::size_t>(type)]; }
  Goal clusters(SteadyTime now);
  Goal endpoints() const;
  Goal names(SteadyTime now);
  Goal first_listeners(SteadyTime now);
  Goal switched(translate::Type type, SteadyTime now);

  bool all_ready(SteadyTime now) const;      // every cluster that is wanted: then nothing needs to be looked at
  bool settled(translate::Type type) const;  // all that is wanted is acknowledged
  bool refused(translate::Type type) const;
  bool additions_settled(translate::Type type) const;                      // ... removals aside
  Why missing(const translate::Resource& resource, SteadyTime now) const;  // empty: all that it names is ready
  Why removals_wait_for(translate::Type type) const;
  void note_drain(const Step& step, SteadyTime now);
  void note_resolving(const Step& step, SteadyTime now);
  bool draining(std::string_view name, SteadyTime now) const;
  bool yet_to_say(SteadyTime now) const;
  std::optional<std::vector<std::string>> in_use(SteadyTime now) const;
  std::vector<translate::ResourcePtr> clusters_to_go() const;
  void hold(std::vector<Waiting>& out, const std::vector<Waiting>& before, translate::Type type, const std::string& name, Why why,
            SteadyTime now);

  const Subscriptions& subscriptions_;
  const GateOptions& options_;
  Selections& selections_;
  const bool whole_;
  std::array<std::vector<Waiting>, translate::kTypes> waiting_;
  std::vector<Waiting> overdue_;
  std::map<std::string, SteadyTime, std::less<>> drained_;  // tables and clusters that listeners named before, and until when
  std::map<std::string, SteadyTime> resolving_;             // clusters that the proxy resolves itself, and when they count as ready
  std::optional<SteadyTime> returned_;
  Possessions had_;  // before this stream; of a type until it acknowledges the first message
};

}  // namespace amime::delivery
