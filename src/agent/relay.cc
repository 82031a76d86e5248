#include "agent/relay.h"

#include <fmt/format.h>

#include <utility>

#include "agent/types.h"
#include "base/log.h"

namespace amime::agent {
namespace {

constexpr std::string_view kRelayLog = "xds";
constexpr std::chrono::seconds kConfirmEvery{10};

// Whether a subscription covers a resource.
bool covers(const std::set<std::string, std::less<>>& names, std::string_view type, std::string_view name) {
  if (names.empty()) return type == kClusterType || type == kListenerType || type == kNameTableType;  // which are asked for as a whole
  return names.contains("*") || names.contains(name);
}

// Of a virtual host's name, TABLE/HOST.
std::string_view table_of(std::string_view virtual_host) { return virtual_host.substr(0, virtual_host.find('/')); }

}  // namespace

// Envoy's stream. Made by open(), owned by what carries it, which may outlive the relay.
class Relay::EnvoySession final : public Session {
 public:
  explicit EnvoySession(Relay& relay) : relay_(relay), alive_(relay.alive_) {}
  ~EnvoySession() override {
    if (!alive_.expired()) relay_.closed(this);
  }
  void on_message(std::string_view message) override {
    if (!alive_.expired() && relay_.session_ == this) relay_.from_envoy(message);
  }

 private:
  Relay& relay_;
  std::weak_ptr<const bool> alive_;  // as long as it is
};

Relay::Relay(Loop& loop, LastGood& last_good, Upstream& upstream, Options options)
    : loop_(loop), last_good_(last_good), upstream_(upstream), options_(std::move(options)) {}
Relay::~Relay() { closed(session_); }

std::unique_ptr<Session> Relay::open(Link& link) {
  if (link_) {
    Link* old = link_;
    closed(session_);
    old->close(absl::AbortedError("another Envoy came"));
  }
  auto session = std::make_unique<EnvoySession>(*this);
  session_ = session.get(), link_ = &link;
  last_good_.begin_session();
  state_.from_last_good = false;
  upstream_.start(*this);
  return session;
}

void Relay::closed(const EnvoySession* session) {
  if (session != session_ || !session_) return;
  session_ = nullptr, link_ = nullptr;
  for (auto* timer : {&patience_, &confirming_, &settling_}) loop_.cancel(std::exchange(*timer, 0));
  upstream_.stop();
  subscriptions_.clear(), order_.clear(), sent_.clear(), node_.clear();
  state_.connected = false;
  answers_ = served_ = false;
}

void Relay::from_envoy(std::string_view message) {
  const auto request = read_request(message);
  if (!request || request->type.empty()) return link_->close(absl::InvalidArgumentError("no DeltaDiscoveryRequest"));
  base::log_debug(kRelayLog, "Envoy: {} +{} -{} {}{}", request->type, fmt::join(request->subscribe, ","),
                  fmt::join(request->unsubscribe, ","), request->nonce, request->refused ? " refused" : "");
  if (!request->node.empty() && node_.empty()) node_ = request->node;
  Sent sent;  // what this answers; without a type: nothing that waits for an answer
  if (auto node = sent_.extract(std::string(request->nonce)); !node.empty()) sent = std::move(node.mapped());
  if (!sent.type.empty()) answered(*request, sent);
  auto& its = subscription(request->type, *request);
  pass_up(its, *request, sent, message);
  if (options_.names && request->type == kListenerType && !subscriptions_.contains(kNameTableType)) {
    auto& names = subscription(kNameTableType, {});
    if (state_.connected) begin(kNameTableType, names);
  }
  want_answers();
}

Relay::Subscription& Relay::subscription(std::string_view type, const DeltaRequest& request) {
  auto it = subscriptions_.find(type);
  if (it == subscriptions_.end()) {
    it = subscriptions_.emplace(type, Subscription{}).first;
    order_.emplace_back(type);
    for (const auto& [name, version] : request.versions) last_good_.put(type, name, version, {});  // it came back to us
  }
  for (const auto name : request.subscribe) it->second.names.emplace(name);
  for (const auto name : request.unsubscribe) {
    it->second.names.erase(std::string(name));
    last_good_.remove(type, name);
  }
  return it->second;
}

// --- answers of Envoy ---

void Relay::answered(const DeltaRequest& request, const Sent& sent) {
  if (request.refused) {
    refuse(sent, request.error);
  } else {
    accept(sent);
  }
}

void Relay::accept(const Sent& sent) {
  const auto response = read_response(sent.message);
  if (!response) return;
  for (const auto& resource : response->resources) last_good_.put(sent.type, resource.name, resource.version, resource.encoded);
  for (const auto name : response->removed) last_good_.remove(sent.type, name);
  last_good_.flush();
  if (sent.type == kListenerType && !settling_ && !sent.nonce.empty())
    settling_ = loop_.after(options_.settle, [this] { forget_the_rest(); });
}

void Relay::refuse(const Sent& sent, std::string_view why) {
  base::log_warn(kRelayLog, "Envoy refused {}: {}", sent.type, why);
  if (!sent.nonce.empty()) return;  // the control plane is told, and answers for it
  const auto response = read_response(sent.message);
  if (!response) return;
  for (const auto& resource : response->resources) last_good_.remove(sent.type, resource.name);
  last_good_.flush();
}

// --- to the control plane ---

void Relay::pass_up(Subscription& to, const DeltaRequest& request, const Sent& answered, std::string_view message) {
  if (!state_.connected) return;
  if (!to.asked_upstream) return begin(request.type, to);
  std::string out(message);
  if (!request.nonce.empty()) {
    const bool its_own = answered.stream == stream_ && !answered.nonce.empty();
    if (!its_own && request.subscribe.empty() && request.unsubscribe.empty()) return;
    append_request_nonce(out, its_own ? answered.nonce : "");
  }
  upstream_.send(std::move(out));
}

// The first request of a type on a stream says what Envoy wants and what it has.
void Relay::begin(std::string_view type, Subscription& subscription) {
  RequestWriter out(type);
  if (!std::exchange(node_sent_, true)) out.node(node_);
  for (const auto& name : subscription.names) out.subscribe(name);
  last_good_.for_each(type, [&](const std::string& name, LastGood::Entry& entry) {
    if (last_good_.has(entry) && !entry.version.empty()) out.version(name, entry.version);
  });
  subscription.asked_upstream = true;
  upstream_.send(out.take());
}

void Relay::on_connected() {
  ++stream_;
  if (!state_.problem.empty()) ++state_.reconnects;
  state_.connected = true;
  said_too_old_ = false;
  state_.problem.clear();
  node_sent_ = answers_ = down_ = false;
  loop_.cancel(std::exchange(patience_, 0));
  for (auto& [type, subscription] : subscriptions_) subscription.asked_upstream = false;
  for (const auto& type : order_) begin(type, subscriptions_.find(type)->second);
  loop_.cancel(std::exchange(confirming_, 0));
  // One that has nothing new to say to an Envoy that it served before stands by what that has.
  if (served_) confirming_ = loop_.after(kConfirmEvery, [this] { keep_confirming(); });
  want_answers();
}

void Relay::on_lost(const absl::Status& why, bool all) {
  state_.connected = answers_ = false;
  down_ = down_ || all;
  state_.problem = std::string(why.message());
  loop_.cancel(std::exchange(confirming_, 0));
  want_answers();
}

// --- to Envoy ---

void Relay::on_response(std::string_view message) {
  if (!std::exchange(answers_, true)) {
    loop_.cancel(confirming_);
    keep_confirming();
  }
  served_ = true;
  down_ = false;
  loop_.cancel(std::exchange(patience_, 0));
  const auto response = read_response(message);
  if (!response) return base::log_error(kRelayLog, "the control plane sent what is no DeltaDiscoveryResponse");
  base::log_debug(kRelayLog, "control plane: {} resources and {} removals of {}", response->resources.size(), response->removed.size(),
                  response->type);
  if (response->type == kNameTableType && options_.names) return take_names(*response);
  if (!subscriptions_.contains(response->type))
    return base::log_error(kRelayLog, "the control plane sent {}, for which nobody asked", response->type);
  const auto nonce = fmt::format("{}.{}", stream_, ++count_);
  Sent sent{std::string(response->type), std::string(message), std::string(response->nonce), stream_};
  std::string out(message);
  append_response_nonce(out, nonce);
  sent_.emplace(nonce, std::move(sent));
  link_->send(std::move(out));
}

void Relay::take_names(const DeltaResponse& response) {
  for (const auto& resource : response.resources) {
    last_good_.put(kNameTableType, resource.name, resource.version, resource.encoded);
    if (options_.on_names) options_.on_names(value_of(resource.encoded));
    state_.has_names = true;
  }
  last_good_.flush();
  RequestWriter out(kNameTableType);
  out.nonce(response.nonce);
  upstream_.send(out.take());
}

// While no control plane answers: soon from what was kept.
void Relay::want_answers() {
  if (answers_ || !link_) return;
  if (!down_) {
    if (!patience_)
      patience_ = loop_.after(options_.patience, [this] {
        patience_ = 0;
        down_ = true;
        want_answers();
      });
    return;
  }
  const auto age = std::chrono::system_clock::now() - last_good_.confirmed();
  if (last_good_.confirmed() == LastGood::Time()) return;  // there is none
  if (age > options_.max_age) {
    if (!std::exchange(said_too_old_, true))
      base::log_error(kRelayLog, "no control plane answers, and the last good configuration is too old: {} s, {} s are allowed",
                      std::chrono::floor<std::chrono::seconds>(age).count(), options_.max_age.count());
    return;
  }
  for (const auto& type : order_) answer_from_last_good(type, subscriptions_.find(type)->second);
}

void Relay::answer_from_last_good(std::string_view type, const Subscription& subscription) {
  const auto nonce = fmt::format("0.{}", ++count_);
  std::string out = response_head(type, nonce);
  std::size_t found = 0;
  last_good_.for_each(type, [&](const std::string& name, LastGood::Entry& entry) {
    // Envoy asks for virtual hosts without naming them: those of its tables are meant.
    const bool wanted = covers(subscription.names, type, name) || (type == kVirtualHostType && last_good_.has(kRouteType, table_of(name)));
    if (last_good_.has(entry) || entry.size == 0 || !wanted) return;
    const auto resource = last_good_.read(entry);
    if (resource.empty()) return;
    ++found;
    last_good_.mark(entry);
    if (type != kNameTableType) return append_resource(out, resource);
    if (options_.on_names) options_.on_names(value_of(resource));
    state_.has_names = true;
  });
  base::log_debug(kRelayLog, "{} of {} from the last good configuration", found, type);
  if (found == 0) return;
  if (!std::exchange(state_.from_last_good, true))
    base::log_warn(kRelayLog, "no control plane answers: Envoy gets the last good configuration");
  if (type == kNameTableType) return;
  sent_.emplace(nonce, Sent{std::string(type), out, "", 0});
  link_->send(std::move(out));
  // One that is connected but silent was asked by an Envoy that had nothing: it is asked again, by one that has this.
  if (state_.connected) {
    upstream_.stop();
    state_.connected = false;
    upstream_.start(*this);
  }
}

// --- what is kept ---

void Relay::keep_confirming() {
  last_good_.confirm(std::chrono::system_clock::now());
  confirming_ = loop_.after(kConfirmEvery, [this] { keep_confirming(); });
}

void Relay::forget_the_rest() {
  settling_ = 0;
  if (!answers_) return;  // with the next listeners
  for (const auto& type : order_) last_good_.forget_others(type);
  last_good_.flush();
}

}  // namespace amime::agent
