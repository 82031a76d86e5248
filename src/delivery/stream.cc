#include "delivery/stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "delivery/isolation.h"
#include "translate/secret_name.h"

namespace amime::delivery {

using translate::ResourceSetPtr;
using translate::Type;

namespace {

constexpr std::string_view kLog = "ads";
constexpr std::size_t kMostClusterSteps = 8;

double seconds_since(SteadyTime start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

// All but authorities that ConfigMaps hold, which are public.
std::vector<std::string> names_of_secrets(const translate::ResourceSet& set) {
  std::vector<std::string> out;
  set.for_each([&](const translate::ResourcePtr& resource) {
    if (!resource->name.starts_with(translate::kConfigMapScheme)) out.push_back(resource->name);
  });
  return out;
}

std::string refused_text(const Rejection& rejection) {
  std::vector<std::string> resources, objects;
  for (const auto& resource : rejection.resources) resources.push_back(resource->name);
  for (const auto& key : rejection.objects) objects.push_back(mesh::to_string(key));
  return fmt::format("{} made of {}", fmt::join(resources, ", "), fmt::join(objects, ", "));
}

Phase phase_of(Type type, const Step& step) {
  if (step.difference().updated.empty()) return Phase::kPrune;
  const bool switches = type == Type::kListener || type == Type::kRoute || type == Type::kVirtualHost;
  return switches ? Phase::kSwitch : Phase::kUnion;
}

// Whoever proved who it is gets what that workload may see, whatever its Node says (istiod: PILOT_ENABLE_XDS_IDENTITY_CHECK).
absl::Status check_proven(const Peer* peer, const mesh::ProxyFacts& facts) {
  const ProvenPeer* proven = peer ? peer->proven() : nullptr;
  if (proven == nullptr || (proven->ns == facts.ns && (facts.service_account.empty() || proven->service_account == facts.service_account)))
    return absl::OkStatus();
  base::log_warn(kLog, "{}: says it is {}/{}, and proved to be {}/{}", facts.id, facts.ns, facts.service_account, proven->ns,
                 proven->service_account);
  return absl::PermissionDeniedError(
      fmt::format("authorization failed: the node says {}/{}, its proof another workload", facts.ns, facts.service_account));
}

bool still_wanted(const Rejection& rejection, const translate::ResourceSet& wanted) {
  return rejection.resources.empty() || std::any_of(rejection.resources.begin(), rejection.resources.end(), [&](const auto& resource) {
           const translate::ResourcePtr* found = wanted.find(resource->name);
           return found && (*found)->identity == resource->identity;
         });
}

}  // namespace

Stream::Stream(Protocol protocol, Context& context, Transport* transport, std::shared_ptr<const Peer> peer)
    : context_(context),
      protocol_(protocol),
      serial_(context.registry.next_serial()),
      connected_(std::chrono::system_clock::now()),
      transport_(transport),
      peer_(std::move(peer)),
      gate_(subscriptions_, context.gate, context.selections, protocol == Protocol::kSotw) {
  for (auto& subscription : subscriptions_) {
    subscription.filter.names = context.names.empty();
    subscription.sent = context.selections.empty();
  }
}

std::shared_ptr<const mesh::ProxyFacts> Stream::proxy() const {
  std::lock_guard lock(mutex_);
  return proxy_;
}

translate::RouteDelivery Stream::route_delivery() const {
  std::lock_guard lock(mutex_);
  return route_delivery_;
}

void Stream::inspect(const std::function<void(const Subscriptions&, const Gate&)>& view) const {
  std::lock_guard lock(mutex_);
  view(subscriptions_, gate_);
}

std::string Stream::nonce(std::uint64_t number) const { return fmt::format("{}.{}", serial_, number); }

// 0: not one of ours.
std::uint64_t Stream::number_of(std::string_view nonce) const {
  std::uint64_t serial = 0, number = 0;
  const char* end = nonce.data() + nonce.size();
  const auto dot = std::from_chars(nonce.data(), end, serial);
  if (dot.ec != std::errc() || dot.ptr == end || *dot.ptr != '.' || serial != serial_) return 0;
  const auto rest = std::from_chars(dot.ptr + 1, end, number);
  return rest.ec == std::errc() && rest.ptr == end ? number : 0;
}

void Stream::on_request(std::string_view bytes) {
  const auto request = decode(bytes);
  Lock lock(mutex_);
  if (ended_) return;
  if (!request.ok()) return end(lock, request.status());
  if (!proxy_)
    if (auto status = meet(*request); !status.ok()) return end(lock, status);
  const auto type = type_of_url(request->type_url);
  if (!type) return answer_other_type(lock, *request);
  if (*type == Type::kNameTable && !proxy_->asks_names) ask_for_names();
  subscribe(*type, *request, acknowledge(*type, *request));
  refresh(*type, nullptr);
  if (*type == Type::kRoute && of(Type::kVirtualHost).active) refresh(Type::kVirtualHost, nullptr);
  pump(lock);
}

void Stream::answer_other_type(Lock& lock, const Request& request) {
  constexpr std::size_t kMostReplies = 8;
  lock.unlock();
  auto reply = answer_other(request);
  lock.lock();
  if (!reply.ok()) {
    if (!ended_) end(lock, reply.status());
  } else if (!*reply) {
    base::log_debug(kLog, "{}: asks for {}, which is not served", proxy_->id, request.type_url);
  } else if (!ended_ && replies_.size() < kMostReplies) {
    replies_.push_back(**std::move(reply));
    pump(lock);
  }
}

// The first request says who the proxy is.
absl::Status Stream::meet(const Request& request) {
  if (!request.node) return absl::InvalidArgumentError("the first request of a stream must carry the node");
  auto node = parse_node(*request.node, context_.extensions);
  if (!node.ok()) return node.status();
  if (auto status = check_proven(peer_.get(), node->facts); !status.ok()) return status;
  route_delivery_ = delivery::route_delivery(*node, protocol_ == Protocol::kDelta);
  proxy_ = std::make_shared<const mesh::ProxyFacts>(std::move(node->facts));
  if (node->generator == "event") return absl::OkStatus();  // istioctl: no proxy, it only asks for debug types
  if (protocol_ == Protocol::kSotw && !request.version.empty())
    gate_.returned(context_.registry.left_with(proxy_->id), std::chrono::steady_clock::now());
  ticket_ = context_.hub.attach(proxy_, route_delivery_, shared_from_this());
  context_.registry.add(serial_, weak_from_this());
  context_.stats.streams(proxy_->istio_version).add(1);
  base::log_info(kLog, "{}: connected from {} ({})", proxy_->id, peer_address(),
                 protocol_ == Protocol::kDelta ? "delta" : "state of the world");
  return absl::OkStatus();
}

// A name table is made for those whose agent captures DNS; whoever asks all the same is one of them from now on.
void Stream::ask_for_names() {
  if (ticket_ == 0) return;
  auto facts = *proxy_;
  facts.asks_names = true;
  proxy_ = std::make_shared<const mesh::ProxyFacts>(std::move(facts));
  const Hub::Ticket before = ticket_;
  ticket_ = context_.hub.attach(proxy_, route_delivery_, shared_from_this());
  context_.hub.detach(before);
  catalog_ = nullptr;  // the next publication has it
}

Answer Stream::acknowledge(Type type, const Request& request) {
  Subscription& s = of(type);
  if (request.nonce.empty() || !s.active) return Answer::kNone;
  const bool whole = protocol_ == Protocol::kSotw && translate::is_wildcard_type(type);
  const ResourceSetPtr before = s.acked;
  observe_phase(s, number_of(request.nonce), request.rejected);
  const Answer answer = settle(s, type, number_of(request.nonce), request.rejected, request.error, whole, context_.selections);
  if (answer == Answer::kAck) gate_.acknowledged(type, before, s.acked, std::chrono::steady_clock::now());
  if (answer == Answer::kStale) context_.stats.expired_nonces[static_cast<std::size_t>(type)]->add();
  if (answer == Answer::kNack) {
    context_.stats.rejects[static_cast<std::size_t>(type)]->add();
    base::log_warn(kLog, "{}: refused {} {}: {}", proxy_->id, translate::type_short(type), refused_text(*s.rejection), s.rejection->error);
    charge(type, *s.rejection);
  }
  return answer;
}

void Stream::observe_phase(const Subscription& s, std::uint64_t number, bool rejected) {
  const auto message = std::find_if(s.unanswered.begin(), s.unanswered.end(), [&](const Unanswered& m) { return m.number == number; });
  if (rejected || message == s.unanswered.end() || !message->arrived) return;
  context_.stats.phase_acked[static_cast<std::size_t>(message->phase)]->observe(seconds_since(*message->arrived));
}

// Who is to blame is asked once it is known what was refused: what was refused together goes out again in smaller parts.
void Stream::charge(Type type, const Rejection& rejection) {
  if (!context_.charge || (refused_as_a_whole(type) && rejection.resources.size() > 1)) return;
  const auto& acked = of(type).acked;
  for (const auto& resource : rejection.resources) {
    const translate::ResourcePtr* had = acked ? acked->find(resource->name) : nullptr;
    context_.charge({resource, had && !(*had)->unknown ? *had : nullptr, rejection.error, proxy_, route_delivery_});
  }
}

void Stream::set_names(Type type, NameSetPtr names) {
  Subscription& s = of(type);
  if (names == s.filter.names) return;
  s.filter.names = std::move(names);
  s.source = nullptr;
  // What is not asked for any more is forgotten, not announced as removed.
  s.sent = context_.selections.select(s.sent, s.filter);
}

void Stream::add_names(Type type, NameSetPtr names, std::span<const std::string_view> added) {
  Subscription& s = of(type);
  s.filter.names = std::move(names);
  if (type == Type::kExtension)
    s.source = nullptr;  // select anew, see refresh()
  else if (s.source && s.wanted)
    s.wanted = context_.selections.extend(s.wanted, s.source, s.filter, added);
}

void Stream::on_publication(const Publication& publication) {
  Lock lock(mutex_);
  if (ended_ || publication.ticket != ticket_ || (catalog_ && publication.sequence <= sequence_)) return;
  catalog_ = publication.catalog;
  version_ = publication.version;
  sequence_ = publication.sequence;
  if (publication.cause) context_.stats.queue_time.observe(seconds_since(publication.cause->arrived()));
  for (std::size_t i = 0; i < translate::kTypes; ++i) refresh(static_cast<Type>(i), publication.cause);
  pump(lock);
}

// Works out what is wanted from the newest catalog and the subscription as it is now.
void Stream::refresh(Type type, const ConvergencePtr& cause) {
  Subscription& s = of(type);
  if (!s.active || !catalog_) return;
  ResourceSetPtr source = source_of(type);
  if (source == s.source) return;
  const bool keeps = type == Type::kExtension;  // then what is wanted is this stream's own, and nothing that others may start from
  ResourceSetPtr wanted = context_.selections.select(source, s.filter, keeps ? nullptr : s.source, keeps ? nullptr : s.wanted);
  if (keeps) wanted = with_what_was_sent(std::move(wanted), s);
  const bool differs = !s.wanted || wanted->digest() != s.wanted->digest();
  s.source = std::move(source);
  s.wanted = std::move(wanted);
  if (s.claims) {
    weigh_claims(s, type);
    if (keeps) s.wanted = with_what_was_sent(std::move(s.wanted), s);
  }
  if (s.rejection && s.rejection->current) s.rejection->current = still_wanted(*s.rejection, *s.wanted);
  if (differs && cause) {
    cause->concern();
    s.causes.push_back(cause);
  }
}

// Extensions are not taken away: filters of listeners that drain use them still, and a filter without its configuration answers
// 500 (envoyproxy/envoy issue 32823). They go when the proxy does not ask for them any more.
ResourceSetPtr Stream::with_what_was_sent(ResourceSetPtr wanted, const Subscription& s) {
  if (s.sent->size() == 0) return wanted;
  std::vector<translate::ResourcePtr> kept;
  for (const auto& name : context_.selections.step(s.sent, wanted)->difference().removed) kept.push_back(*s.sent->find(name));
  return kept.empty() ? wanted : context_.selections.edit(wanted, kept, {});
}

// A proxy that reconnects says what it has: that is as good as sent, but for the endpoints of clusters that were sent on
// this stream: Envoy warms those again and waits for them.
void Stream::weigh_claims(Subscription& s, Type type) {
  if (!s.claims->empty()) gate_.returned(std::chrono::steady_clock::now());
  review_claims(type, *s.claims);
  s.sent = s.acked = context_.selections.possession(type, s.wanted, *s.claims);
  s.claims.reset();
  if (type != Type::kEndpoint) return;
  for (const auto& [from, to] : clusters_sent_) s.sent = context_.selections.without_endpoints(s.sent, context_.selections.step(from, to));
}

ResourceSetPtr Stream::source_of(Type type) {
  const auto& set = catalog_->of(type);
  if (type != Type::kSecret || secrets_allowed_.value_or(false)) return set;
  const auto secrets = names_of_secrets(*set);
  return secrets.empty() || secrets_allowed() ? set : context_.selections.edit(set, {}, secrets);
}

bool Stream::secrets_allowed() {
  if (!secrets_allowed_) {
    std::string why_not = "nothing is known of the peer";
    secrets_allowed_ = peer_ && peer_->may_have_secrets(&why_not);
    if (!*secrets_allowed_) base::log_warn(kLog, "{}: secrets are left out: {}", proxy_->id, why_not);
  }
  return *secrets_allowed_;
}

void Stream::pump(Lock& lock) {
  if (writing_ || ended_) return;
  std::optional<Message> message = next_message();
  if (!message) return;
  writing_ = true;
  write_started_ = std::chrono::steady_clock::now();
  lock.unlock();
  transport_->write(std::move(*message));
}

std::optional<Message> Stream::next_message() {
  if (!replies_.empty()) {
    Message reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    return reply;
  }
  const SteadyTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < translate::kTypes; ++i) {
    if (!subscriptions_[i].has_news()) continue;
    if (auto message = message_of(static_cast<Type>(i), now)) return message;
  }
  for (const Waiting& late : gate_.take_overdue())
    base::log_warn(kLog, "{}: {} {} has been waiting for {} ms: {}", proxy_->id, translate::type_short(late.type), late.name,
                   context_.gate.bound.count(), late.why.text);
  set_alarm(now);
  return std::nullopt;
}

void Stream::set_alarm(SteadyTime now) {
  const auto next = gate_.look_again(now);
  if (!next || (alarm_ && *alarm_ > now && *alarm_ <= *next)) return;
  alarm_ = next;
  context_.alarms.set(*next, weak_from_this());
}

void Stream::on_alarm() {
  Lock lock(mutex_);
  if (!ended_) pump(lock);
}

std::optional<Message> Stream::message_of(Type type, SteadyTime now) {
  Subscription& s = of(type);
  const ResourceSetPtr goal = gate_.goal(type, now);
  if (goal->size() == 0 && s.sent->size() == 0 && s.wanted->size() != 0) return std::nullopt;  // all of it waits: no answer yet
  if (!s.must_speak() && goal->digest() == s.sent->digest()) return std::nullopt;              // the rest waits
  const ResourceSetPtr to = s.portion == 0 ? goal : next_portion(s.sent, goal, s.portion, context_.selections);
  const StepPtr step = context_.selections.step(s.sent, to);
  std::optional<Message> message = compose(type, step, nonce(last_number_ + 1));
  if (!message) {
    s.sent = to;
    s.causes.clear();
    return std::nullopt;
  }
  if (!s.causes.empty()) context_.stats.convergence.observe(seconds_since(s.causes.front()->arrived()));
  const auto arrived = s.causes.empty() ? std::nullopt : std::optional(s.causes.front()->arrived());
  note_sent(s, to, ++last_number_, version_);
  s.unanswered.back().arrived = arrived;
  if (arrived) s.unanswered.back().phase = phase_of(type, *step);  // a new proxy's whole configuration is no phase
  writing_type_ = type;
  context_.stats.pushes[static_cast<std::size_t>(type)]->add();
  context_.stats.config_size[static_cast<std::size_t>(type)]->observe(static_cast<double>(message->size()));
  context_.stats.sent_bytes.add(static_cast<double>(message->size()));
  if (type == Type::kCluster) follow_with_endpoints(step);
  return message;
}

void Stream::follow_with_endpoints(const StepPtr& clusters) {
  Subscription& endpoints = of(Type::kEndpoint);
  if (endpoints.active && !endpoints.claims) {
    endpoints.sent = context_.selections.without_endpoints(endpoints.sent, clusters);
    return;
  }
  if (clusters_sent_.size() == kMostClusterSteps) {  // never asks for endpoints, or very late: one step for all
    clusters_sent_.back() = {context_.selections.empty(), clusters->to()};
    return;
  }
  clusters_sent_.emplace_back(clusters->from(), clusters->to());
}

void Stream::on_write_done() {
  Lock lock(mutex_);
  writing_ = false;
  context_.stats.push_time[static_cast<std::size_t>(writing_type_)]->observe(seconds_since(write_started_));
  if (ended_) return finish_if_idle(lock);
  pump(lock);
}

void Stream::on_closed() { close(absl::OkStatus()); }

void Stream::close(const absl::Status& status) {
  Lock lock(mutex_);
  if (!ended_) end(lock, status);
}

void Stream::end(Lock& lock, const absl::Status& status) {
  const std::string who = proxy_ ? proxy_->id : peer_address();
  if (absl::IsUnavailable(status))  // we go, nobody did wrong
    base::log_info(kLog, "{}: closed: {}", who, std::string(status.message()));
  else if (!status.ok())
    base::log_warn(kLog, "{}: closed: {}", who, std::string(status.message()));
  else if (ticket_ != 0)
    base::log_info(kLog, "{}: disconnected", who);
  ended_ = status;
  leave();
  for (auto& subscription : subscriptions_) {
    subscription.causes.clear();
    subscription.unanswered.clear();
  }
  finish_if_idle(lock);
}

void Stream::finish_if_idle(Lock& lock) {
  if (writing_ || finished_) return;
  finished_ = true;
  const absl::Status status = *ended_;
  lock.unlock();
  transport_->finish(status);
}

// What the proxy may have: what it acknowledged, or what came after that, or something on the way.
Possessions Stream::possessions() const {
  Possessions out;
  for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
    const Subscription& s = subscriptions_[i];
    const auto add = [&](const ResourceSetPtr& set) {
      if (set && set->size() != 0 && std::find(out[i].begin(), out[i].end(), set) == out[i].end()) out[i].push_back(set);
    };
    for (const auto& set : gate_.had(static_cast<Type>(i))) add(set);
    add(s.acked);
    add(s.sent);
    for (const auto& message : s.unanswered) add(message.to);
  }
  return out;
}

void Stream::leave() {
  if (ticket_ == 0) return;  // was never more than a connection
  context_.registry.remove(serial_);
  if (protocol_ == Protocol::kSotw) context_.registry.leaves_with(proxy_->id, possessions());
  context_.hub.detach(ticket_);
  context_.stats.streams(proxy_->istio_version).add(-1);
}

}  // namespace amime::delivery
