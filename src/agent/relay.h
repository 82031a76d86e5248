// Relay: between the Envoy beside the agent and whichever control plane answers. Envoy's stream stays open, and all it has stays with
// it, while control planes come and go: a new stream upstream begins with what Envoy asks for and what it has, so that nothing
// unchanged is sent again. What an Envoy asks for while no control plane answers comes from LastGood.
//
// Messages are passed on as bytes; of resources only names and versions are read. Owned by the agent, on its loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/discovery.h"
#include "agent/last_good.h"
#include "agent/link.h"
#include "agent/loop.h"
#include "agent/upstream.h"

namespace amime::agent {

class Relay final : public UpstreamEvents {
 public:
  struct Options {
    bool names = false;                              // the agent itself subscribes to the table of names for DNS (NDS)
    std::function<void(std::string_view)> on_names;  // an encoded istio.networking.nds.v1.NameTable
    // How long a control plane may take before Envoy gets the last good; less, if all refuse.
    std::chrono::milliseconds patience{2000};
    std::chrono::seconds max_age = std::chrono::hours(24);
    std::chrono::milliseconds settle{15'000};  // after that, what a new Envoy was not given is forgotten
  };
  struct State {
    bool connected = false;       // upstream
    bool from_last_good = false;  // this Envoy was given what was kept
    bool has_names = false;
    unsigned reconnects = 0;
    std::string problem;  // why there is no connection, or no answer
  };

  // All outlive it.
  Relay(Loop& loop, LastGood& last_good, Upstream& upstream, Options options);
  ~Relay() override;

  // Envoy opened its stream; the one before is over.
  std::unique_ptr<Session> open(Link& link);
  const State& state() const { return state_; }

  void on_connected() override;
  void on_response(std::string_view message) override;
  void on_lost(const absl::Status& why, bool all) override;

 private:
  class EnvoySession;
  struct Subscription {
    std::set<std::string, std::less<>> names;
    bool asked_upstream = false;
  };
  struct Sent {                        // to Envoy, and not yet answered
    std::string type, message, nonce;  // nonce: the control plane's; empty: not from one
    unsigned stream = 0;
  };

  void from_envoy(std::string_view message);
  void closed(const EnvoySession* session);
  Subscription& subscription(std::string_view type, const DeltaRequest& request);
  void answered(const DeltaRequest& request, const Sent& sent);
  void accept(const Sent& sent);
  void refuse(const Sent& sent, std::string_view why);
  void pass_up(Subscription& to, const DeltaRequest& request, const Sent& answered, std::string_view message);
  void begin(std::string_view type, Subscription& subscription);
  void take_names(const DeltaResponse& response);
  void want_answers();
  void answer_from_last_good(std::string_view type, const Subscription& subscription);
  void keep_confirming();
  void forget_the_rest();

  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  Loop& loop_;
  LastGood& last_good_;
  Upstream& upstream_;
  const Options options_;
  State state_;
  Link* link_ = nullptr;
  const EnvoySession* session_ = nullptr;
  std::string node_;  // encoded, as Envoy said it
  std::map<std::string, Subscription, std::less<>> subscriptions_;
  std::vector<std::string> order_;  // in which Envoy asked for the types
  std::map<std::string, Sent, std::less<>> sent_;
  unsigned stream_ = 0;  // number of the stream upstream
  unsigned count_ = 0;
  bool node_sent_ = false, answers_ = false;  // on this stream upstream
  bool served_ = false;                       // this Envoy, by a control plane
  bool said_too_old_ = false;
  bool down_ = false;  // patience is at its end
  Loop::TimerId patience_ = 0, confirming_ = 0, settling_ = 0;
};

}  // namespace amime::agent
