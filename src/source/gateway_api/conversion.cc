#include "source/gateway_api/conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "source/gateway_api/backend_tls.h"
#include "source/gateway_api/facts.h"
#include "source/gateway_api/gateway.h"
#include "source/gateway_api/ingress.h"
#include "source/gateway_api/l4_route.h"
#include "source/gateway_api/outputs.h"
#include "source/gateway_api/parents.h"
#include "source/gateway_api/places.h"
#include "source/gateway_api/status_board.h"

namespace amime::source::gateway_api {

using mesh::Kind;
using mesh::ObjectKey;
using mesh::ObjectPtr;

namespace {

// Units in the order in which they need each other; 0: no unit.
int turn_of(Kind kind) {
  switch (kind) {
    case Kind::kGatewayClass: return 1;
    case Kind::kKubernetesGateway: return 2;
    case Kind::kListenerSet: return 3;
    case Kind::kHttpRoute:
    case Kind::kGrpcRoute: return 4;
    case Kind::kTlsRoute:
    case Kind::kTcpRoute: return 5;
    case Kind::kIngress: return 6;
    case Kind::kBackendTlsPolicy: return 7;
    default: return 0;
  }
}
constexpr int kTurns = 7;

void put_failure(const std::vector<Condition>& from, std::vector<Condition>& to) {
  for (const auto& condition : from) fail(to, condition.type.c_str(), condition.reason.c_str(), condition.message);
}

}  // namespace

class Conversion::Work {
 public:
  void take(const mesh::Change& change) {
    if (!is_fact(change.key.kind)) return;
    facts_.take(change, dirty_);
    if (turn_of(change.key.kind) != 0) dirty_.insert(change.key);
  }

  void settle(std::vector<mesh::Change>& out) {
    if (dirty_.empty()) return;
    for (int turn = 1; turn <= kTurns; ++turn) {
      std::vector<ObjectKey> units;
      for (const auto& key : dirty_)
        if (turn_of(key.kind) == turn) units.push_back(key);
      for (const auto& unit : units) derive(unit, turn);
    }
    dirty_.clear();
    places_.settle(outputs_);
    hosts_.settle(outputs_);
    outputs_.take(out);
    board_.publish();
  }

  std::map<ObjectKey, ObjectPtr> all() const { return outputs_.all(); }
  Statuses statuses() const { return board_.get(); }

 private:
  void derive(const ObjectKey& unit, int turn) {
    const ObjectPtr object = facts_.find(unit);
    Reads reads(facts_, unit);
    switch (turn) {
      case 1: return derive_class(unit, object);
      case 2: return derive_gateway_unit(reads, unit, object);
      case 3: return derive_set(reads, unit, object);
      case 4: return derive_http_route(reads, unit, object);
      case 5: return derive_l4(reads, unit, object);
      case 6: return derive_ingress_unit(reads, unit, object);
      default: return derive_policy(reads, unit, object);
    }
  }

  void derive_class(const ObjectKey& unit, const ObjectPtr& object) {
    StatusMap status;
    if (object && spec_of<GatewayClassSpec>(*object).controller == kController)
      status[unit].conditions = {{"Accepted", true, "Accepted", "Handled by Istio controller"}};
    board_.set(unit, std::move(status));
  }

  void derive_gateway_unit(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    GatewayResult result = object ? derive_gateway(reads, object) : GatewayResult();
    auto& owned = owners_[unit];
    for (const auto& owner : owned)
      if (!result.listeners.contains(owner)) {
        listeners_.erase(owner);
        facts_.touch(owner, dirty_);
      }
    owned.clear();
    for (auto& [owner, listeners] : result.listeners) {
      owned.insert(owner);
      if (const auto old = listeners_.find(owner); old != listeners_.end() && old->second == listeners) continue;
      listeners_[owner] = std::move(listeners);
      facts_.touch(owner, dirty_);
    }
    if (owned.empty()) owners_.erase(unit);
    outputs_.set(mesh::to_string(unit), result.derived);
    board_.set(unit, std::move(result.status));
  }

  // What its Gateway does not speak for.
  void derive_set(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    StatusMap status;
    if (object) {
      const auto& parent = spec_of<ListenerSetSpec>(*object).parent.to;
      const ObjectKey gateway{Kind::kKubernetesGateway, parent.ns.empty() ? unit.ns : parent.ns, parent.name};
      const bool there = reads.find(gateway.kind, gateway.ns, gateway.name) != nullptr;
      if (!listeners_.contains(unit) && (!there || listeners_.contains(gateway)))
        status[unit].conditions = {{"Accepted", false, there ? "NotAllowed" : "Pending",
                                    there ? fmt::format("{} does not allow it", mesh::to_string(gateway))
                                          : fmt::format("there is no {}", mesh::to_string(gateway))}};
    }
    if (!listeners_.contains(unit)) board_.set(unit, std::move(status));
  }

  static void set_refs(const std::vector<Condition>& gateway, const std::vector<Condition>& mesh, Attachments& attachments) {
    for (std::size_t i = 0; i < attachments.parents.size(); ++i)
      put_failure(attachments.is_mesh[i] ? mesh : gateway, attachments.parents[i].conditions);
  }

  void put_route_status(const ObjectKey& unit, Attachments& attachments) {
    std::set<ListenerName> listeners;
    for (const auto& at : attachments.listeners) listeners.insert({at.owner, at.listener->section});
    board_.set_attached(unit, std::move(listeners));
    StatusMap status;
    if (!attachments.parents.empty()) status[unit].parts = std::move(attachments.parents);
    board_.set(unit, std::move(status));
  }

  void derive_http_route(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    places_.forget(unit);
    Attachments attachments;
    if (object) {
      attachments = attach(reads, listeners_, *object);
      const bool mesh = std::find(attachments.is_mesh.begin(), attachments.is_mesh.end(), true) != attachments.is_mesh.end();
      const bool gateway = std::find(attachments.is_mesh.begin(), attachments.is_mesh.end(), false) != attachments.is_mesh.end();
      const HttpRules at_gateway = gateway ? convert_rules(reads, *object, true) : HttpRules();
      const HttpRules in_mesh = mesh ? convert_rules(reads, *object, false) : HttpRules();
      set_refs(at_gateway.conditions, in_mesh.conditions, attachments);
      for (const auto& at : attachments.listeners)
        for (const auto& host : at.hosts) places_.add({at.listener->gateway, host.name, ""}, {object, host.wanted, 0, at_gateway.routes});
      for (const auto& at : attachments.services)
        for (const auto& host : at.hosts)
          places_.add({"mesh", host, at.ns == unit.ns ? "" : unit.ns}, {object, host, at.port, in_mesh.routes});
    }
    put_route_status(unit, attachments);
  }

  void derive_l4(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    Attachments attachments;
    L4Result result;
    if (object) {
      attachments = attach(reads, listeners_, *object);
      result = derive_l4_route(reads, object, attachments);
      set_refs(result.gateway, result.mesh, attachments);
    }
    outputs_.set(mesh::to_string(unit), result.derived);
    put_route_status(unit, attachments);
  }

  void derive_ingress_unit(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    hosts_.forget(unit);
    IngressResult result = object ? derive_ingress(reads, object) : IngressResult();
    std::vector<ObjectPtr> made;
    StatusMap status;
    if (result.ours) {
      made.push_back(result.gateway);
      status[unit] = std::move(result.status);
      const std::string gateway = result.gateway->key.ns + "/" + result.gateway->key.name;
      for (auto& [host, routes] : result.hosts) hosts_.add(host, {object, gateway, result.tls, std::move(routes)});
    }
    outputs_.set(mesh::to_string(unit), made);
    board_.set(unit, std::move(status));
  }

  void derive_policy(Reads& reads, const ObjectKey& unit, const ObjectPtr& object) {
    BackendTlsResult result = object ? derive_backend_tls(reads, object) : BackendTlsResult();
    StatusMap status;
    if (object) status[unit] = std::move(result.status);
    outputs_.set(mesh::to_string(unit), result.derived);
    board_.set(unit, std::move(status));
  }

  Facts facts_;
  Facts::Units dirty_;
  Listeners listeners_;
  std::map<ObjectKey, std::set<ObjectKey>> owners_;  // by Gateway: itself and its ListenerSets
  Places places_;
  IngressHosts hosts_;
  Outputs outputs_;
  StatusBoard board_;
};

Conversion::Conversion() : work_(std::make_unique<Work>()) {}
Conversion::~Conversion() = default;

void Conversion::add_derived(std::vector<mesh::Change>& changes) {
  for (const auto& change : changes) work_->take(change);
  work_->settle(changes);
}

void Conversion::add_derived(Batch& batch) {
  Work then;
  if (!batch.before.empty()) {
    for (const auto* changes : {&batch.changes, &batch.before})
      for (const auto& change : *changes) then.take(change);
    std::vector<mesh::Change> ignored;
    then.settle(ignored);
  }
  add_derived(batch.changes);
  if (batch.before.empty()) return;
  auto before = then.all();
  const auto now = work_->all();
  for (const auto& [key, object] : now)
    if (const auto old = before.find(key); old == before.end())
      before.emplace(key, nullptr);
    else if (old->second->digest == object->digest)
      before.erase(old);
  for (auto& [key, object] : before) batch.before.push_back({key, std::move(object)});
}

Statuses Conversion::statuses() const { return work_->statuses(); }

}  // namespace amime::source::gateway_api
