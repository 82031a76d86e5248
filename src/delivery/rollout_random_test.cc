// Random interleavings of changes, answers, refusals, slow and dead proxies and reconnects, over both protocols, against a
// model of what Envoy has. After every step: no route or listener that a proxy has names a cluster that it has not, and what
// a proxy is not told waits for a stated reason. When all is said a proxy has what a fresh one gets.
// A failing seed prints itself; AMIME_ROLLOUT_SEED replays it, AMIME_ROLLOUT_SEEDS says how many to try.
#include <cstdlib>
#include <deque>
#include <random>
#include <sstream>

#include "base/log.h"
#include "delivery/delta_fixture.h"

namespace amime::delivery::testing {
namespace {

constexpr int kClusters = 6, kHosts = 4;
constexpr char kTable[] = "81";  // a table that travels whole, with the same hosts

// What the source publishes; always consistent: routes name clusters that are there.
class Wanted {
 public:
  explicit Wanted(Plane& plane) : plane_(plane) {
    for (int i = 0; i < kHosts; ++i) hosts_[host(i)] = "";
    plane_.source->put(Type::kRoute, "80", "/1");
    plane_.source->put(Type::kListener, "0.0.0.0_80", "/1");
  }
  void edit(std::mt19937& random) {
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int edits = 1 + pick(3); edits > 0; --edits) {
      const std::string name = host(pick(kHosts));
      const std::string cluster = "c" + std::to_string(pick(kClusters));
      if (pick(8) == 0)
        hosts_[name].clear();
      else
        hosts_[name] = cluster;
      if (pick(4) == 0) tcp_ = pick(4) == 0 ? "" : "c" + std::to_string(pick(kClusters));
      if (pick(4) == 0) ++versions_[cluster];
    }
    publish();
  }
  // Every host in a new version: what was refused before is tried again.
  void renew() {
    ++generation_;
    publish();
  }
  void publish() {
    std::set<std::string> used;
    std::string table;
    for (const auto& [name, cluster] : hosts_) {
      table += cluster.empty() ? "" : cluster + ",";
      if (cluster.empty()) {
        plane_.source->remove(Type::kVirtualHost, name);
      } else {
        used.insert(cluster);
        plane_.source->put(Type::kVirtualHost, name, content(cluster), {cluster});
      }
    }
    plane_.source->put(Type::kRoute, kTable, table + "/" + std::to_string(generation_), {used.begin(), used.end()});
    if (tcp_.empty()) {
      plane_.source->remove(Type::kListener, "0.0.0.0_9000");
    } else {
      used.insert(tcp_);
      plane_.source->put(Type::kListener, "0.0.0.0_9000", content(tcp_), {tcp_});
    }
    for (int i = 0; i < kClusters; ++i) {
      const std::string name = "c" + std::to_string(i);
      if (used.contains(name)) {
        plane_.source->put(Type::kCluster, name, std::to_string(versions_[name]));
        plane_.source->put(Type::kEndpoint, name, "1");
      } else {
        plane_.source->remove(Type::kCluster, name);
        plane_.source->remove(Type::kEndpoint, name);
      }
    }
    plane_.publish();
  }

 private:
  // CLUSTER/GENERATION
  std::string content(const std::string& cluster) const { return cluster + "/" + std::to_string(generation_); }
  static std::string host(int i) { return "80/h" + std::to_string(i); }
  Plane& plane_;
  std::map<std::string, std::string> hosts_;  // host -> the cluster that it names; empty: not there
  std::string tcp_;                           // the cluster that a listener names; empty: there is no such listener
  std::map<std::string, int> versions_;
  int generation_ = 0;
};

// What the proxies were told, for one seed: AMIME_ROLLOUT_TRACE=1.
void trace(const void* who, const std::string& what, const Response* message = nullptr) {
  static const bool on = std::getenv("AMIME_ROLLOUT_TRACE") != nullptr;
  if (!on) return;
  std::printf("%p %s", who, what.c_str());
  if (message) {
    std::printf(" %s %s", message->nonce.c_str(), message->type_url.substr(message->type_url.rfind('.') + 1).c_str());
    for (const auto& [name, content] : message->resources) std::printf(" +%s=%s", name.c_str(), content.c_str());
    for (const auto& name : message->removed) std::printf(" -%s", name.c_str());
  }
  std::printf("\n");
}

using Contents = std::map<std::string, std::string>;  // name -> content

// The clusters that a content names: "c1,c2/GENERATION".
std::vector<std::string> named_in(const std::string& content) {
  std::vector<std::string> out;
  std::istringstream names(content.substr(0, content.find('/')));
  for (std::string name; std::getline(names, name, ',');)
    if (!name.empty()) out.push_back(name);
  return out;
}

// An Envoy: takes messages when it gets to them, asks for endpoints of the clusters that it has.
class Envoy {
 public:
  Envoy(Plane& plane, Protocol protocol, int number) : plane_(plane), protocol_(protocol), number_(number) { connect(); }

  // Takes one message, if there is one. False: nothing to do.
  bool step(std::mt19937& random) {
    const auto message = proxy_->take();
    if (!message) return false;
    if (refuses && !message->resources.empty() && random() % 8 == 0 && may_refuse(message->type_url)) {
      trace(this, "refuses", &*message);
      proxy_->nack(*message, "no reason", names_of(message->type_url));
      return true;
    }
    trace(this, "takes", &*message);
    apply(*message);
    proxy_->ack(*message, names_of(message->type_url));
    subscribe();
    return true;
  }
  void reconnect() {
    trace(this, "reconnects");
    proxy_->stream->on_closed();
    plane_.hub.run_pending();
    connect();
  }
  // Empty: all is well.
  std::string broken() const {
    for (const Type type : {Type::kVirtualHost, Type::kRoute, Type::kListener})
      for (const auto& [name, content] : has.at(type))
        for (const auto& cluster : named_in(content))
          if (!has.at(Type::kCluster).contains(cluster)) return name + " names " + cluster + ", which this proxy does not have";
    return "";
  }
  // What is neither told nor waits for a reason; empty: nothing.
  std::string stuck() const {
    std::string out;
    if (!proxy_->quiet()) return out;  // it has not answered yet
    proxy_->stream->inspect([&](const auto& subscriptions, const Gate& gate) {
      for (std::size_t i = 0; i < translate::kTypes; ++i) {
        const Subscription& s = subscriptions[i];
        // Endpoints stay as long as their clusters do.
        if (static_cast<Type>(i) == Type::kEndpoint && !subscriptions[static_cast<std::size_t>(Type::kCluster)].in_step()) continue;
        if (s.active && s.wanted && !s.in_step() && gate.waiting(static_cast<Type>(i)).empty() && !(s.rejection && s.rejection->current))
          out += std::string(translate::type_short(static_cast<Type>(i))) + " is not in step and waits for nothing\n";
      }
    });
    return out;
  }
  // What this proxy is not told, and why.
  std::string waiting() const {
    std::string out;
    proxy_->stream->inspect([&](const auto& subscriptions, const Gate& gate) {
      for (std::size_t i = 0; i < translate::kTypes; ++i) {
        for (const auto& w : gate.waiting(static_cast<Type>(i))) out += w.name + ": " + w.why.text + "\n";
        if (subscriptions[i].active && !subscriptions[i].in_step()) out += "type " + std::to_string(i) + " is not in step\n";
      }
    });
    return out;
  }

  std::map<Type, Contents> has = {{Type::kCluster, {}}, {Type::kListener, {}}, {Type::kRoute, {}}, {Type::kVirtualHost, {}}};
  bool refuses = true;
  bool dead = false;  // answers nothing any more

 private:
  bool delta() const { return protocol_ == Protocol::kDelta; }
  bool may_refuse(const std::string& url) const { return url == translate::type_url(delta() ? Type::kVirtualHost : Type::kRoute); }
  Contents versions(Type type) const {
    Contents out;
    for (const auto& [name, text] : has.at(type)) out[name] = version_of(type, name, text);
    return out;
  }
  // State of the world: every request of a type that goes by names has all of them.
  std::vector<std::string> names_of(const std::string& url) const {
    if (delta()) return {};
    if (url == translate::type_url(Type::kRoute)) return {kTable};
    if (url == translate::type_url(Type::kEndpoint)) return {asked_.begin(), asked_.end()};
    return {};
  }
  void connect() {
    proxy_ = std::make_unique<FakeProxy>(plane_, protocol_,
                                         "sidecar~10.0.0." + std::to_string(number_) + "~pod.default~default.svc.cluster.local");
    asked_.clear();
    if (delta()) {
      proxy_->ask(Type::kCluster, {.initial = versions(Type::kCluster)});
    } else {
      proxy_->ask(Type::kCluster, {.version = has[Type::kCluster].empty() ? "" : "1"});
    }
    plane_.hub.run_pending();
    subscribe();
    if (delta()) {
      proxy_->ask(Type::kListener, {.initial = versions(Type::kListener)});
      proxy_->ask(Type::kRoute, {.subscribe = {"80"}});
      proxy_->ask(Type::kVirtualHost, {.initial = versions(Type::kVirtualHost)});
    } else {
      proxy_->ask(Type::kListener, {.version = has[Type::kListener].empty() ? "" : "1"});
      proxy_->ask(Type::kRoute, {.subscribe = {kTable}, .version = has[Type::kRoute].empty() ? "" : "1"});
    }
    plane_.hub.run_pending();
  }
  void apply(const Response& message) {
    for (auto& [type, contents] : has) {
      if (message.type_url != translate::type_url(type)) continue;
      if (!delta() && translate::is_wildcard_type(type)) contents.clear();  // complete
      for (const auto& name : message.removed) contents.erase(name);
      for (const auto& [name, content] : message.resources) contents[name] = content;
    }
  }
  void subscribe() {
    std::vector<std::string> add, remove;
    const Contents& clusters = has.at(Type::kCluster);
    for (const auto& [name, content] : clusters)
      if (asked_.insert(name).second) add.push_back(name);
    for (auto at = asked_.begin(); at != asked_.end();)
      if (clusters.contains(*at))
        ++at;
      else
        remove.push_back(*at), at = asked_.erase(at);
    if (add.empty() && remove.empty()) return;
    if (delta())
      proxy_->ask(Type::kEndpoint, {.subscribe = add, .unsubscribe = remove});
    else
      proxy_->ask(Type::kEndpoint, {.subscribe = {asked_.begin(), asked_.end()}, .nonce = last_endpoints()});
  }
  // A request that changes names answers the newest message.
  std::string last_endpoints() const {
    std::string out;
    proxy_->stream->inspect([&](const auto& subscriptions, const Gate&) {
      const Subscription& s = subscriptions[static_cast<std::size_t>(Type::kEndpoint)];
      if (s.last_number) out = proxy_->stream->nonce(s.last_number);
    });
    return out;
  }
  Plane& plane_;
  const Protocol protocol_;
  const int number_;
  std::unique_ptr<FakeProxy> proxy_;
  std::set<std::string> asked_;
};

bool settle(std::deque<Envoy>& envoys, std::mt19937& random) {
  for (bool any = true; any;) {
    any = false;
    for (Envoy& envoy : envoys) {
      any = (!envoy.dead && envoy.step(random)) || any;
      EXPECT_EQ(envoy.broken(), "");
      if (!envoy.broken().empty()) return false;
    }
  }
  return true;
}

void run(unsigned seed) {
  SCOPED_TRACE("AMIME_ROLLOUT_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  Plane plane;
  plane.context.gate.drain = std::chrono::milliseconds(0);  // time stands still here
  Wanted wanted(plane);
  wanted.publish();
  std::deque<Envoy> envoys;
  for (int i = 0; i < 4; ++i) envoys.emplace_back(plane, i % 2 ? Protocol::kSotw : Protocol::kDelta, i);
  for (int i = 0; i < 160; ++i) {
    const unsigned dice = random() % 16;
    Envoy& envoy = envoys[random() % envoys.size()];
    if (i == 80 && random() % 4 == 0) envoys[random() % envoys.size()].dead = true;
    if (dice < 3)
      wanted.edit(random);
    else if (envoy.dead)
      continue;
    else if (dice == 3)
      envoy.reconnect();
    else
      envoy.step(random);
    for (const Envoy& each : envoys) {
      ASSERT_EQ(each.broken(), "") << "after step " << i;
      if (!each.dead) {
        ASSERT_EQ(each.stuck(), "") << "after step " << i;
      }
    }
  }
  for (Envoy& envoy : envoys) envoy.refuses = false;
  wanted.renew();
  ASSERT_TRUE(settle(envoys, random));
  std::deque<Envoy> fresh;
  for (int i = 0; i < 2; ++i) {
    fresh.emplace_back(plane, i % 2 ? Protocol::kSotw : Protocol::kDelta, 10 + i).refuses = false;
  }
  ASSERT_TRUE(settle(fresh, random));
  for (std::size_t i = 0; i < envoys.size(); ++i)
    if (!envoys[i].dead) {
      ASSERT_EQ(envoys[i].has, fresh[i % 2].has) << "proxy " << i << "\n" << envoys[i].waiting();
    }
}

TEST(RolloutRandom, NoRouteIsEverWithoutItsCluster) {
  const auto level = base::log_level();
  base::set_log_level(base::LogLevel::off);
  if (const char* seed = std::getenv("AMIME_ROLLOUT_SEED")) {
    run(static_cast<unsigned>(std::atoi(seed)));
  } else {
    const char* many = std::getenv("AMIME_ROLLOUT_SEEDS");
    for (int i = 0; i < (many ? std::atoi(many) : 300) && !HasFatalFailure(); ++i) run(static_cast<unsigned>(i));
  }
  base::set_log_level(level);
}

}  // namespace
}  // namespace amime::delivery::testing
