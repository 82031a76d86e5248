// Court: finds whose fault it is that a proxy refused a resource, and has that version taken out of force (mesh/verdicts.h).
//
// The fleet is never experimented with: what decides is `judge`, the real Envoy beside us, asked about the one resource.
//   - A resource that another proxy has, or that the judge takes, is not bad: that proxy has a trouble of its own, such as an
//     address that it cannot bind.
//     A judge that does not even take what the proxy has is not believed.
//   - Of several objects behind a bad one, guilty is the one whose version before makes a good one (kMostTries are tried);
//     if none alone does, or nobody can be asked: all that came into force last.
// One thread of its own. Owned by the control plane; streams bring charges from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mesh/proxy.h"
#include "mesh/verdicts.h"
#include "translate/engine.h"

namespace amime::delivery {

class Hub;
class Registry;

struct Charge {
  translate::ResourcePtr refused;
  translate::ResourcePtr before;  // what the proxy has under this name; null: nothing
  std::string error;              // the proxy's own words
  std::shared_ptr<const mesh::ProxyFacts> proxy;
  translate::RouteDelivery delivery{};
};

class Court {
 public:
  // Whether Envoy takes it; none: it could not be asked. Null: there is no judge.
  using Judge = std::function<std::optional<bool>(const translate::Resource& resource)>;

  Court(Hub& hub, const Registry& registry, Judge judge) : hub_(hub), registry_(registry), judge_(std::move(judge)) {}
  ~Court() { stop(); }
  void start();
  void stop();  // before the hub is stopped

  void charge(Charge charge);
  // How many charges were brought, once all of them are decided and the verdicts are handed out; none while one is looked
  // into. What streams say between two equal answers is not about to be decided otherwise.
  std::optional<std::uint64_t> decided() const;
  // Looks into all that was charged, on the calling thread: for tests, instead of start().
  void sit();

 private:
  void loop();
  void hear(const Charge& charge);
  bool settled(const Charge& charge, const std::vector<mesh::Suspect>& suspects) const;
  bool somebody_has(const translate::Resource& resource) const;
  std::optional<bool> judged_good(const Charge& charge) const;
  std::vector<mesh::Suspect> guilty(const Charge& charge, const mesh::Mesh& mesh, std::vector<mesh::Suspect> suspects, bool ask) const;

  Hub& hub_;
  const Registry& registry_;
  const Judge judge_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Charge> charges_;
  std::uint64_t brought_ = 0;
  bool busy_ = false, stop_ = false;
  std::thread thread_;

  std::map<std::uint64_t, std::vector<mesh::Verdict>> known_;  // by the resource's identity; empty: not bad. The court's own
};

}  // namespace amime::delivery
