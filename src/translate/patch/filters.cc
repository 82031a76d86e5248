#include "translate/patch/filters.h"

#include <google/protobuf/any.pb.h>

#include "envoy/config/listener/v3/listener.pb.h"
#include "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "translate/pack.h"
#include "translate/patch/merge.h"
#include "translate/patch/patch_list.h"
#include "translate/patch/patch_match.h"

namespace amime::translate {
namespace {

using envoy::config::listener::v3::Filter;
using envoy::config::listener::v3::FilterChain;
using envoy::config::listener::v3::Listener;
using envoy::config::listener::v3::ListenerFilter;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpConnectionManager;
using envoy::extensions::filters::network::http_connection_manager::v3::HttpFilter;
using istio::networking::v1alpha3::EnvoyFilter;

constexpr std::string_view kConnectionManager = "envoy.filters.network.http_connection_manager";

// Istio's own filters, which stock Envoy does not have: users place theirs relative to them, so it is known before which
// filter each would stand. Empty: at the start of the chain.
struct Absent {
  std::string_view name, before;
};
constexpr Absent kAbsentHttp[] = {
    {"istio.metadata_exchange", ""}, {"istio.alpn", "envoy.filters.http.fault"}, {"istio.stats", "envoy.filters.http.router"}};

template <class List>
int index_of(std::string_view name, const List& list) {
  int i = 0;
  while (i < list.size() && list.at(i).name() != name) ++i;
  return i;
}

template <class List>
Place place_of(std::string_view name, const List& list) {
  return {!name.empty(), name.empty() ? list.size() : index_of(name, list)};
}

template <class List>
Place http_place_of(std::string_view name, const List& list) {
  Place place = place_of(name, list);
  if (place.at < list.size()) return place;
  for (const auto& absent : kAbsentHttp)
    if (absent.name == name) place.instead = absent.before.empty() ? 0 : index_of(absent.before, list);
  if (place.instead == list.size()) place.instead = -1;
  return place;
}

template <class List>
bool remove_named(std::string_view name, List* list) {
  const int before = list->size();
  list->erase(std::remove_if(list->begin(), list->end(), [&](const auto& item) { return item.name() == name; }), list->end());
  return list->size() != before;
}

// MERGE of one filter: its name, and its configuration if both are of one type.
template <class Item>
bool merge_filter(const Patch& patch, Item* item) {
  const Item& wanted = patch.as<Item>();
  if (!item->has_typed_config()) return false;
  if (!wanted.name().empty()) item->set_name(wanted.name());
  if (wanted.has_typed_config()) merge_packed(wanted.typed_config(), item->mutable_typed_config());
  return true;
}

template <class Item, class List>
bool merge_named(const Patch& patch, std::string_view name, List* list) {
  bool changed = false;
  for (Item& item : *list)
    if (name.empty() || item.name() == name) changed = merge_filter(patch, &item) || changed;
  return changed;
}

bool is_for(const Patch& patch, EnvoyFilter::ApplyTo apply_to, PatchContext context, const Listener& listener, const FilterChain& chain) {
  return is_for(patch, apply_to, context, listener) && matches_chain(patch, listener, chain);
}

bool patch_http_filter(const Patch& patch, HttpConnectionManager* manager) {
  auto* filters = manager->mutable_http_filters();
  const std::string_view name = http_filter_of(patch);
  if (patch.removes()) return !name.empty() && remove_named(name, filters);
  return edit_list<HttpFilter>(patch, http_place_of(name, *filters), filters);
}

void patch_connection_manager(const Patches& patches, PatchContext context, const Listener& listener, const FilterChain& chain,
                              Filter* filter, Taken* taken) {
  HttpConnectionManager manager;
  const std::size_t before = taken->size();
  bool read = false;
  // First what changes which filters there are, then what changes them.
  for (const bool merging : {false, true}) {
    for (const auto& patch : patches) {
      if (patch->merges() != merging || !is_for(*patch, EnvoyFilter::HTTP_FILTER, context, listener, chain)) continue;
      if (const auto wanted = network_filter_of(*patch); !wanted.empty() && wanted != filter->name()) continue;
      if (!read && !manager.ParseFromString(filter->typed_config().value())) return;
      read = true;
      const bool done = merging ? merge_named<HttpFilter>(*patch, http_filter_of(*patch), manager.mutable_http_filters())
                                : patch_http_filter(*patch, &manager);
      if (done) taken->push_back(patch);
    }
  }
  if (taken->size() != before) pack(manager, filter->mutable_typed_config());
}

void edit_filters(const Patches& patches, PatchContext context, const Listener& listener, FilterChain* chain, Taken* taken) {
  auto* filters = chain->mutable_filters();
  for (const auto& patch : patches) {
    if (patch->merges() || !is_for(*patch, EnvoyFilter::NETWORK_FILTER, context, listener, *chain)) continue;
    const std::string_view name = network_filter_of(*patch);
    const bool done =
        patch->removes() ? !name.empty() && remove_named(name, filters) : edit_list<Filter>(*patch, place_of(name, *filters), filters);
    if (done) taken->push_back(patch);
  }
}

}  // namespace

void patch_listener_filters(const Patches& patches, PatchContext context, Listener* listener, Taken* taken) {
  auto* filters = listener->mutable_listener_filters();
  for (const auto& patch : patches) {
    if (!is_for(*patch, EnvoyFilter::LISTENER_FILTER, context, *listener)) continue;
    const std::string_view name = listener_filter_of(*patch);
    bool done = false;
    if (patch->merges())
      done = !name.empty() && merge_named<ListenerFilter>(*patch, name, filters);
    else if (patch->removes())
      done = !name.empty() && remove_named(name, filters);
    else
      done = edit_list<ListenerFilter>(*patch, place_of(name, *filters), filters);
    if (done) taken->push_back(patch);
  }
}

void patch_filters(const Patches& patches, PatchContext context, const Listener& listener, FilterChain* chain, Taken* taken) {
  edit_filters(patches, context, listener, chain, taken);
  for (Filter& filter : *chain->mutable_filters()) {
    for (const auto& patch : patches) {
      if (!patch->merges() || !is_for(*patch, EnvoyFilter::NETWORK_FILTER, context, listener, *chain)) continue;
      const std::string_view name = network_filter_of(*patch);
      if ((name.empty() || name == filter.name()) && merge_filter(*patch, &filter)) taken->push_back(patch);
    }
    if (filter.name() == kConnectionManager) patch_connection_manager(patches, context, listener, *chain, &filter, taken);
  }
}

}  // namespace amime::translate
