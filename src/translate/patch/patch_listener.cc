#include "translate/patch/patch_listener.h"

#include <google/protobuf/any.pb.h>

#include <set>

#include "envoy/config/listener/v3/listener.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "translate/names.h"
#include "translate/patch/filters.h"
#include "translate/patch/merge.h"
#include "translate/patch/named.h"
#include "translate/patch/patch_list.h"
#include "translate/patch/patch_match.h"
#include "translate/telemetry/metric_prefix.h"
#include "translate/telemetry/metrics.h"
#include "translate/telemetry/uses.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using istio::networking::v1alpha3::EnvoyFilter;

// Sockets of one name are merged deeply; everything else merges as usual.
void merge_chain(const Patch& patch, FilterChain* chain) {
  FilterChain wanted = patch.as<FilterChain>();
  if (wanted.has_transport_socket() && chain->has_transport_socket() &&
      wanted.transport_socket().name() == chain->transport_socket().name()) {
    if (wanted.transport_socket().has_typed_config())
      merge_packed(wanted.transport_socket().typed_config(), chain->mutable_transport_socket()->mutable_typed_config());
    wanted.clear_transport_socket();
  }
  merge(wanted, patch.replaces_lists(), chain);
}

// One listener and the patches that may mean it.
class Patching {
 public:
  Patching(const Patches& patches, PatchContext context, Listener* listener, Taken* taken)
      : patches_(patches), context_(context), listener_(listener), taken_(taken) {}

  // False: the listener goes.
  bool run() {
    if (!whole()) return false;
    patch_listener_filters(patches_, context_, listener_, taken_);
    chains();
    return listener_->filter_chains_size() > 0 || listener_->has_default_filter_chain();
  }

 private:
  bool whole() {
    for (const auto& patch : patches_) {
      if (!changes(*patch) || !is_for(*patch, EnvoyFilter::LISTENER, context_, *listener_)) continue;
      taken_->push_back(patch);
      if (patch->removes()) return false;
      merge(*patch->value, patch->replaces_lists(), listener_);
    }
    return true;
  }

  // False: the chain goes.
  bool chain(FilterChain* chain) {
    for (const auto& patch : patches_) {
      if (!changes(*patch) || !is_for(*patch, EnvoyFilter::FILTER_CHAIN, context_, *listener_) ||
          !matches_chain(*patch, *listener_, *chain))
        continue;
      taken_->push_back(patch);
      if (patch->removes()) return false;
      merge_chain(*patch, chain);
    }
    patch_filters(patches_, context_, *listener_, chain, taken_);
    return true;
  }

  void chains() {
    auto* chains = listener_->mutable_filter_chains();
    for (int i = 0; i < chains->size();) {
      if (chain(chains->Mutable(i)))
        ++i;
      else
        chains->DeleteSubrange(i, 1);
    }
    if (listener_->has_default_filter_chain() && !chain(listener_->mutable_default_filter_chain())) listener_->clear_default_filter_chain();
    for (const auto& patch : patches_) {
      if (!patch->adds() || !is_for(*patch, EnvoyFilter::FILTER_CHAIN, context_, *listener_)) continue;
      *chains->Add() = patch->as<FilterChain>();
      taken_->push_back(patch);
    }
  }

  static bool changes(const Patch& patch) { return patch.merges() || patch.removes(); }

  const Patches& patches_;
  const PatchContext context_;
  Listener* const listener_;
  Taken* const taken_;
};

// Filters that patches add may name any cluster, and Envoy takes some filters only if it has theirs.
void add_patched_refs(const Listener& listener, std::vector<std::string>* refs) {
  std::set<std::string> named = named_in(listener);
  for (const auto& known : *refs) named.erase(known);
  refs->insert(refs->end(), named.begin(), named.end());
}

ListenerClass class_of(PatchContext context) {
  switch (context) {
    case PatchContext::kInbound: return ListenerClass::kSidecarInbound;
    case PatchContext::kGateway: return ListenerClass::kGateway;
    default: return ListenerClass::kSidecarOutbound;
  }
}

// Whether a proxy of that kind always has this listener; where none is such, all of them have what a proxy needs once.
bool is_everywhere(View& view, PatchContext context, const std::string& name) {
  return context == PatchContext::kGateway || name == kVirtualOutbound || view.interception() == mesh::InterceptionMode::kNone;
}

// Its logs and traces name the same clusters whatever it is for.
void take_telemetry(View& view, PatchContext context, Listener* listener, std::vector<std::string>* refs,
                    std::vector<mesh::ObjectKey>* from, Product* product) {
  if (counts_requests(view) && is_everywhere(view, context, listener->name()) && can_name_metrics(view))
    fill_prefix_log(listener->add_access_log());
  TelemetryUses uses = telemetry_uses(view, class_of(context));
  std::move(uses.clusters.begin(), uses.clusters.end(), std::back_inserter(*refs));
  std::move(uses.from.begin(), uses.from.end(), std::back_inserter(*from));
  std::move(uses.notes.begin(), uses.notes.end(), std::back_inserter(product->notes));
}

}  // namespace

void emit_listener(View& view, PatchContext context, Listener listener, std::vector<std::string> refs, std::vector<mesh::ObjectKey> from,
                   Product& product) {
  take_telemetry(view, context, &listener, &refs, &from, &product);
  if (const Patches& patches = view.patches(Patched::kListeners); !patches.empty()) {
    const std::string name = listener.name();
    Taken taken;
    const bool stays = Patching(patches, context, &listener, &taken).run();
    product.take(taken, &from);
    if (!stays) return;
    listener.set_name(name);
    if (!taken.empty()) add_patched_refs(listener, &refs);
  }
  std::string name = listener.name();
  product.resources.push_back(make_resource(Type::kListener, std::move(name), listener, std::move(refs), std::move(from)));
}

void add_listeners(View& view, PatchContext context, Product& product) {
  std::set<std::string> names{std::string(kVirtualInbound), std::string(kVirtualOutbound)};
  for (const auto& patch : view.patches(Patched::kListeners)) {
    if (patch->spec->apply_to() != EnvoyFilter::LISTENER || !adds_to(*patch, context)) continue;
    product.patched.push_back(patch);
    const Listener& listener = patch->as<Listener>();
    const auto named = named_in(listener);
    if (names.insert(listener.name()).second)
      product.resources.push_back(
          make_resource(Type::kListener, listener.name(), listener, {named.begin(), named.end()}, {patch->object->key}));
    else
      product.notes.push_back(
          {patch->object->key, "conflict", field_of(patch->index) + ".patch.value.name", "there is a listener of that name already"});
  }
}

}  // namespace amime::translate
