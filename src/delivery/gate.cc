#include "delivery/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace amime::delivery {

using translate::Resource;
using translate::ResourcePtr;
using translate::ResourceSetPtr;
using translate::Type;

namespace {

constexpr std::array<Type, 3> kNaming = {Type::kListener, Type::kRoute, Type::kVirtualHost};  // types that name clusters

bool same(const ResourceSetPtr& a, const ResourceSetPtr& b) { return a && b && a->digest() == b->digest(); }

bool share(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  return std::any_of(a.begin(), a.end(), [&](std::uint64_t claim) { return std::find(b.begin(), b.end(), claim) != b.end(); });
}

// One thing of the difference between what was sent and what is wanted.
struct Move {
  const Resource* before = nullptr;  // null: new
  ResourcePtr after;                 // null: removed
  Why why;                           // it is held
  const std::string& name() const { return after ? after->name : before->name; }
};

std::vector<Move> moves_of(const ResourceSetPtr& sent, const translate::SetDiff& diff) {
  std::vector<Move> moves;
  const auto held = [&](const std::string& name) {
    const ResourcePtr* found = sent->find(name);
    return found ? found->get() : nullptr;
  };
  for (const auto& resource : diff.updated) moves.push_back({held(resource->name), resource, {}});
  for (const auto& name : diff.removed) moves.push_back({held(name), nullptr, {}});
  return moves;
}

// A domain that moves from one virtual host to another, or an address from one listener to another, has to move in one
// message: whoever would take what a held one still has, or give up what a held one is to take, is held with it.
void hold_with(std::vector<Move>& moves) {
  static const std::vector<std::uint64_t> none;
  const auto old_claims = [](const Move& m) -> const std::vector<std::uint64_t>& { return m.before ? m.before->claims : none; };
  const auto new_claims = [](const Move& m) -> const std::vector<std::uint64_t>& { return m.after ? m.after->claims : none; };
  for (bool again = true; again;) {
    again = false;
    for (const Move& held : moves) {
      if (held.why.empty()) continue;
      for (Move& other : moves) {
        if (!other.why.empty()) continue;
        if (!share(new_claims(other), old_claims(held)) && !share(old_claims(other), new_claims(held))) continue;
        other.why = {"together", fmt::format("goes together with {}", held.name())};
        again = true;
      }
    }
  }
}

// A listener that takes over a removed one's address takes it along; likewise virtual hosts and their domains.
bool taken_over(const Move& removed, const std::vector<Move>& moves) {
  return std::any_of(moves.begin(), moves.end(),
                     [&](const Move& m) { return m.after && m.why.empty() && share(m.after->claims, removed.before->claims); });
}

}  // namespace

ResourceSetPtr Gate::goal(Type type, SteadyTime now) {
  const Subscription& s = of(type);
  auto& waiting = waiting_[static_cast<std::size_t>(type)];
  const bool first = s.sent->size() == 0;
  const bool may_have_more = type == Type::kCluster && first && !had(type).empty();  // than the stream has sent
  if (!s.wanted || (same(s.sent, s.wanted) && !may_have_more)) {
    waiting.clear();
    return s.wanted;
  }
  // Where nothing was sent nothing can be taken away, and what differs need not be worked out: that is a new proxy's whole
  // configuration.
  switch (type) {
    case Type::kCluster: return first && !may_have_more ? s.wanted : clusters(now);
    case Type::kEndpoint: return first ? s.wanted : endpoints();
    case Type::kExtension:  // named by listeners, which Envoy warms until they have them
    case Type::kSecret: return s.wanted;
    case Type::kNameTable: return names(now);
    default: return switched(type, now);
  }
}

void Gate::returned(Possessions had, SteadyTime now) {
  had_ = std::move(had);
  returned_ = now;
}

// That the proxy has, or may have, and is not to have.
std::vector<ResourcePtr> Gate::clusters_to_go() const {
  const Subscription& s = of(Type::kCluster);
  std::vector<ResourcePtr> out;
  const auto add = [&](const ResourceSetPtr& has) {
    for (const auto& name : selections_.step(has, s.wanted)->difference().removed)
      if (std::none_of(out.begin(), out.end(), [&](const ResourcePtr& known) { return known->name == name; }))
        out.push_back(*has->find(name));
  };
  add(s.sent);
  if (s.sent->size() == 0)
    for (const auto& has : had(Type::kCluster)) add(has);
  return out;
}

ResourceSetPtr Gate::clusters(SteadyTime now) {
  const Subscription& s = of(Type::kCluster);
  auto& waiting = waiting_[static_cast<std::size_t>(Type::kCluster)];
  const std::vector<ResourcePtr> to_go = clusters_to_go();
  std::vector<Waiting> still;
  std::vector<ResourcePtr> kept;
  if (!to_go.empty()) {
    const auto used = yet_to_say(now) ? std::nullopt : in_use(now);
    for (const auto& cluster : to_go) {
      const std::string& name = cluster->name;
      if (used && !std::binary_search(used->begin(), used->end(), name)) {
        if (!draining(name, now)) continue;
        hold(still, waiting, Type::kCluster, name, {"drain", "connections of a listener before may use it"}, now);
        kept.push_back(cluster);
        continue;
      }
      hold(still, waiting, Type::kCluster, name,
           used ? Why{"in_use", "a route in use names it"} : Why{"reconnect", "routes that the proxy had before it came back may name it"},
           now);
      if (still.back().overdue && options_.proceed) continue;
      kept.push_back(cluster);
    }
  }
  waiting = std::move(still);
  return kept.empty() ? s.wanted : selections_.edit(s.wanted, kept, {});
}

// Endpoints stay as long as their cluster does.
ResourceSetPtr Gate::endpoints() const {
  const Subscription& s = of(Type::kEndpoint);
  const Subscription& clusters = of(Type::kCluster);
  if (!clusters.sent) return s.wanted;
  std::vector<ResourcePtr> kept;
  const StepPtr step = selections_.step(s.sent, s.wanted);
  for (const auto& name : step->difference().removed) {
    const ResourcePtr* cluster = clusters.sent->find(name);
    if (cluster && !clusters.wanted->find(name)) kept.push_back(*s.sent->find(name));
  }
  return kept.empty() ? s.wanted : selections_.edit(s.wanted, kept, {});
}

// A name leads to listeners and virtual hosts: none is given out before what it leads to is there.
ResourceSetPtr Gate::names(SteadyTime now) {
  const Subscription& s = of(Type::kNameTable);
  auto& waiting = waiting_[static_cast<std::size_t>(Type::kNameTable)];
  const bool in_place = std::all_of(kNaming.begin(), kNaming.end(), [&](Type type) { return additions_settled(type); });
  if (s.last_number == 0 || in_place) {  // the agent is not ready without a table, be it ahead
    waiting.clear();
    return s.wanted;
  }
  std::vector<Waiting> still;
  hold(still, waiting, Type::kNameTable, "", {"together", "listeners or routes that come are not acknowledged"}, now);
  waiting = std::move(still);
  return waiting.front().overdue && options_.proceed ? s.wanted : s.sent;
}

// Where messages are complete the first one takes away what it leaves out, of a proxy that came back: all or nothing.
ResourceSetPtr Gate::first_listeners(SteadyTime now) {
  const Subscription& s = of(Type::kListener);
  auto& waiting = waiting_[static_cast<std::size_t>(Type::kListener)];
  std::vector<Waiting> still;
  bool all = true;
  s.wanted->for_each([&](const ResourcePtr& listener) {
    Why why = missing(*listener, now);
    if (why.empty()) return;
    hold(still, waiting, Type::kListener, listener->name, std::move(why), now);
    all = all && still.back().overdue && options_.proceed;
  });
  waiting = std::move(still);
  return all ? s.wanted : s.sent;
}

ResourceSetPtr Gate::switched(Type type, SteadyTime now) {
  const Subscription& s = of(type);
  auto& waiting = waiting_[static_cast<std::size_t>(type)];
  if (s.last_number == 0 && !returned_) {
    // A new proxy serves nobody before it has what it asked for; then it takes the first answer for all there is. It asks
    // for listeners when its clusters have their endpoints, but may do so before it acknowledges these.
    waiting.clear();
    return s.wanted;
  }
  if (whole_ && returned_ && type == Type::kListener && s.sent->size() == 0) return first_listeners(now);
  const StepPtr step = selections_.step(s.sent, s.wanted);
  if (all_ready(now) && (s.sent->size() == 0 || step->difference().removed.empty())) {
    waiting.clear();
    return s.wanted;
  }
  std::vector<Move> moves = moves_of(s.sent, step->difference());
  for (Move& move : moves)
    if (move.after) move.why = missing(*move.after, now);
  hold_with(moves);
  const Why blocked = removals_wait_for(type);
  for (Move& move : moves) {
    if (move.after || !move.why.empty() || taken_over(move, moves)) continue;
    if (!blocked.empty()) move.why = blocked;
    if (type == Type::kVirtualHost && draining(table_of(move.name()), now))
      move.why = {"drain", "connections of a listener before may use it"};
  }

  std::vector<Waiting> still;
  std::vector<ResourcePtr> updated;
  std::vector<std::string> removed;
  bool all = true;
  for (const Move& move : moves) {
    if (!move.why.empty()) {
      hold(still, waiting, type, move.name(), move.why, now);
      if (!still.back().overdue || !options_.proceed) {
        all = false;
        continue;
      }
    }
    if (move.after)
      updated.push_back(move.after);
    else
      removed.push_back(move.name());
  }
  waiting = std::move(still);
  return all ? s.wanted : selections_.edit(s.sent, updated, removed);
}

void Gate::hold(std::vector<Waiting>& out, const std::vector<Waiting>& before, Type type, const std::string& name, Why why,
                SteadyTime now) {
  const auto known = std::find_if(before.begin(), before.end(), [&](const Waiting& w) { return w.name == name; });
  const SteadyTime since = known == before.end() ? now : known->since;
  out.push_back({type, name, std::move(why), since, now - since >= options_.bound});
  if (out.back().overdue && !(known != before.end() && known->overdue)) overdue_.push_back(out.back());
}

bool Gate::all_ready(SteadyTime now) const {
  const Subscription& clusters = of(Type::kCluster);
  const Subscription& endpoints = of(Type::kEndpoint);
  if (!clusters.active || !same(clusters.acked, clusters.wanted)) return false;
  if (std::any_of(resolving_.begin(), resolving_.end(), [&](const auto& entry) { return entry.second > now; })) return false;
  if (!endpoints.active) return true;
  return same(endpoints.acked, endpoints.wanted) && endpoints.acked->size() >= clusters.acked->eds();
}

bool Gate::settled(Type type) const {
  const Subscription& s = of(type);
  return !s.active || !s.wanted || s.wanted->size() == 0 || same(s.acked, s.wanted);
}

// What was refused does not come: nothing waits for it.
bool Gate::refused(Type type) const {
  const Subscription& s = of(type);
  return s.rejection && s.unanswered.empty() && s.in_step();
}

bool Gate::additions_settled(Type type) const {
  const Subscription& s = of(type);
  if (settled(type) || refused(type)) return true;
  return s.acked && selections_.step(s.acked, s.wanted)->difference().updated.empty();
}

// What is named and wanted but not ready. What is named and not wanted dangles: nothing to wait for.
Why Gate::missing(const Resource& resource, SteadyTime now) const {
  const Subscription& clusters = of(Type::kCluster);
  const Subscription& endpoints = of(Type::kEndpoint);
  if (!clusters.active || !clusters.wanted) return {};
  for (const auto& ref : resource.refs) {
    if (!clusters.wanted->find(ref)) continue;
    const ResourcePtr* cluster = clusters.acked ? clusters.acked->find(ref) : nullptr;
    if (!cluster) return {"cluster", fmt::format("cluster {} is not acknowledged", ref)};
    if ((*cluster)->eds && endpoints.active && !(endpoints.acked && endpoints.acked->find((*cluster)->eds_name)))
      return {"endpoints", fmt::format("the endpoints of cluster {} are not acknowledged", ref)};
    const auto resolving = resolving_.find(ref);
    if (resolving != resolving_.end() && resolving->second > now) return {"dns", fmt::format("cluster {} is being resolved", ref)};
  }
  return {};
}

Why Gate::removals_wait_for(Type type) const {
  const Why listeners{"listeners", "listeners that come are not acknowledged"};
  if (type != Type::kListener) return additions_settled(Type::kListener) ? Why() : listeners;
  for (const Type routes : {Type::kRoute, Type::kVirtualHost})
    if (!settled(routes) && !refused(routes)) return {"routes", "routes that come are not acknowledged"};
  return additions_settled(Type::kListener) ? Why() : listeners;
}

// A proxy that came back asks for all types at once, but one after another.
bool Gate::yet_to_say(SteadyTime now) const {
  if (!returned_ || now - *returned_ >= options_.reconnect_bound) return false;
  // Virtual hosts of their own are for incremental xDS only.
  return !std::all_of(kNaming.begin(), kNaming.end(), [&](Type type) { return of(type).active || (whole_ && type == Type::kVirtualHost); });
}

// The clusters named by versions that the proxy may be using and that are not what is wanted; sorted. None: it may use
// versions that are not known here.
std::optional<std::vector<std::string>> Gate::in_use(SteadyTime now) const {
  std::set<std::string> used;
  bool unknown = false;
  const auto add = [&](const ResourceSetPtr& held, const ResourceSetPtr& wanted) {
    if (!held || same(held, wanted)) return;
    const auto step = selections_.step(held, wanted);
    const auto refs_of = [&](const std::string& name) {
      const ResourcePtr* old = held->find(name);
      if (!old) return;
      unknown = unknown || (*old)->unknown;
      used.insert((*old)->refs.begin(), (*old)->refs.end());
    };
    for (const auto& resource : step->difference().updated) refs_of(resource->name);
    for (const auto& name : step->difference().removed) refs_of(name);
  };
  for (const Type type : kNaming) {
    const Subscription& s = of(type);
    if (!s.active || !s.wanted) {
      // It does not ask for what it had: for a while it may still be about to.
      if (returned_ && now - *returned_ < options_.reconnect_bound)
        for (const auto& held : had(type)) held->for_each([&](const ResourcePtr& r) { used.insert(r->refs.begin(), r->refs.end()); });
      continue;
    }
    for (const auto& held : had(type)) add(held, s.wanted);
    add(s.acked, s.wanted);
    add(s.sent, s.wanted);
    for (const auto& message : s.unanswered) add(message.to, s.wanted);
  }
  if (unknown) return std::nullopt;
  return std::vector<std::string>(used.begin(), used.end());
}

void Gate::note_drain(const Step& step, SteadyTime now) {
  std::erase_if(drained_, [&](const auto& entry) { return entry.second <= now; });
  const auto dropped = [&](const std::string& name, const Resource* after) {
    const ResourcePtr* before = step.from()->find(name);
    if (!before) return;
    for (const auto& ref : (*before)->refs)
      if (!after || std::find(after->refs.begin(), after->refs.end(), ref) == after->refs.end()) drained_[ref] = now + options_.drain;
  };
  for (const auto& listener : step.difference().updated) dropped(listener->name, listener.get());
  for (const auto& name : step.difference().removed) dropped(name, nullptr);
}

bool Gate::draining(std::string_view name, SteadyTime now) const {
  const auto at = drained_.find(name);
  return at != drained_.end() && at->second > now;
}

void Gate::note_resolving(const Step& step, SteadyTime now) {
  std::erase_if(resolving_, [&](const auto& entry) { return entry.second <= now; });
  for (const auto& cluster : step.difference().updated)
    if (cluster->resolved && !step.from()->find(cluster->name)) resolving_[cluster->name] = now + options_.dns_bound;
}

// A first answer says nothing of either: the proxy itself waits for all of it before it listens.
void Gate::acknowledged(Type type, const ResourceSetPtr& before, const ResourceSetPtr& after, SteadyTime now) {
  for (const auto& held : std::exchange(had_[static_cast<std::size_t>(type)], {}))
    if (type == Type::kListener) note_drain(*selections_.step(held, after), now);
  if (!before || before->size() == 0) return;
  if (type == Type::kListener) note_drain(*selections_.step(before, after), now);
  if (type == Type::kCluster) note_resolving(*selections_.step(before, after), now);
}

std::optional<SteadyTime> Gate::look_again(SteadyTime now) const {
  std::optional<SteadyTime> next;
  const auto at = [&](SteadyTime time) {
    if (time > now && (!next || time < *next)) next = time;
  };
  bool any = false;
  for (const auto& waiting : waiting_)
    for (const auto& w : waiting) {
      any = true;
      at(w.since + options_.bound);
    }
  if (returned_) at(*returned_ + options_.reconnect_bound);
  if (!any) return next;
  for (const auto& [name, time] : resolving_) at(time);
  for (const auto& [name, time] : drained_) at(time);
  return next;
}

}  // namespace amime::delivery
