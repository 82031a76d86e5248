// For tests of rules: a mesh, one proxy in it, and what the rules make of them, without the engine.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mesh/testing.h"
#include "translate/rules.h"

namespace amime::translate::testing {

class RouteWorld {
 public:
  RouteWorld(const std::vector<mesh::ObjectPtr>& objects, mesh::ProxyFacts proxy)
      : mesh_(mesh::testing::mesh_of(objects)), proxy_(std::move(proxy)), scene_{&mesh_, &proxy_, mesh_.visible(proxy_)} {}

  View& view() { return view_; }
  const Trace& trace() const { return trace_; }

  // One rule (of route tables); what it read replaces trace().
  Product run(const RuleKey& key) {
    trace_.clear();
    Product product;
    const RuleFn fn = key.rule == RuleId::kRouteTable ? route_table : key.rule == RuleId::kVirtualHost ? virtual_host : gateway_table;
    fn(view_, key.subject, product);
    return product;
  }

  // A rule and all rules below it.
  void run_all(const RuleKey& key) {
    Product product = run(key);
    for (auto& resource : product.resources) resources_[{resource->type, resource->name}] = resource;
    notes_.insert(notes_.end(), product.notes.begin(), product.notes.end());
    for (const RuleKey& child : product.children) run_all(child);
  }

  // Of run_all; null: none.
  ResourcePtr find(Type type, const std::string& name) const {
    const auto it = resources_.find({type, name});
    return it == resources_.end() ? nullptr : it->second;
  }
  std::vector<std::string> names(Type type) const {
    std::vector<std::string> out;
    for (const auto& [key, resource] : resources_) {
      if (key.first == type) out.push_back(key.second);
    }
    return out;
  }
  const std::vector<Note>& notes() const { return notes_; }
  bool noted(const std::string& code, const std::string& field) const {
    for (const Note& note : notes_) {
      if (note.code == code && note.field == field) return true;
    }
    return false;
  }
  // The resource's message; empty if there is none.
  template <class Message>
  Message message(Type type, const std::string& name) const {
    Message message;
    if (const ResourcePtr resource = find(type, name)) message.ParseFromString(std::string(resource->message()));
    return message;
  }

 private:
  mesh::Mesh mesh_;
  mesh::ProxyFacts proxy_;
  Scene scene_;
  Trace trace_;
  View view_{scene_, &trace_};
  std::map<std::pair<Type, std::string>, ResourcePtr> resources_;
  std::vector<Note> notes_;
};

}  // namespace amime::translate::testing
