#include "translate/delegate_merge.h"

#include <algorithm>
#include <set>
#include <string>

#include "networking/v1alpha3/virtual_service.pb.h"

// mirrorPercent is deprecated, but users still write it.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace amime::translate {
namespace {

namespace api = ::istio::networking::v1alpha3;
using StringMap = google::protobuf::Map<std::string, api::StringMatch>;

// Whether `leaf` may match a text that `root` does not. Two regular expressions are never compared.
bool conflicts(const api::StringMatch& root, const api::StringMatch& leaf) {
  const auto stated = [](const api::StringMatch& m) { return !m.exact().empty() || !m.prefix().empty() || !m.regex().empty(); };
  if (!root.regex().empty() && stated(leaf)) return true;
  if (!leaf.regex().empty() && stated(root)) return true;
  if (!root.exact().empty()) return leaf.exact() != root.exact();
  if (root.prefix().empty()) return true;
  const std::string& text = leaf.prefix().empty() ? leaf.exact() : leaf.prefix();
  return text.empty() || !text.starts_with(root.prefix());
}

bool conflicts(const StringMap& root, const StringMap& leaf) {
  return std::any_of(leaf.begin(), leaf.end(), [&root](const auto& entry) {
    const auto it = root.find(entry.first);
    return it != root.end() && conflicts(it->second, entry.second);
  });
}

bool gateways_conflict(const api::HTTPMatchRequest& root, const api::HTTPMatchRequest& leaf) {
  if (root.gateways().empty() || leaf.gateways().empty()) return false;
  const std::set<std::string> allowed(root.gateways().begin(), root.gateways().end());
  return root.gateways_size() < leaf.gateways_size() ||
         std::any_of(leaf.gateways().begin(), leaf.gateways().end(), [&](const std::string& g) { return !allowed.contains(g); });
}

bool source_conflicts(const api::HTTPMatchRequest& root, const api::HTTPMatchRequest& leaf) {
  if (!root.source_namespace().empty() && leaf.source_namespace() != root.source_namespace()) return true;
  return std::any_of(leaf.source_labels().begin(), leaf.source_labels().end(), [&root](const auto& label) {
    const auto it = root.source_labels().find(label.first);
    return it != root.source_labels().end() && it->second != label.second;
  });
}

bool conflicts(const api::HTTPMatchRequest& root, const api::HTTPMatchRequest& leaf) {
  if (root.has_uri() && leaf.has_uri() && conflicts(root.uri(), leaf.uri())) return true;
  if (root.has_scheme() && leaf.has_scheme() && conflicts(root.scheme(), leaf.scheme())) return true;
  if (root.has_method() && leaf.has_method() && conflicts(root.method(), leaf.method())) return true;
  if (root.has_authority() && leaf.has_authority() && conflicts(root.authority(), leaf.authority())) return true;
  if (conflicts(root.headers(), leaf.headers()) || conflicts(root.without_headers(), leaf.without_headers())) return true;
  if (conflicts(root.query_params(), leaf.query_params())) return true;
  if (root.ignore_uri_case() != leaf.ignore_uri_case()) return true;
  if (root.port() != 0 && leaf.port() != 0 && root.port() != leaf.port()) return true;
  return source_conflicts(root, leaf) || gateways_conflict(root, leaf);
}

std::string join_names(const std::string& root, const std::string& leaf) {
  if (leaf.empty()) return root;
  return root.empty() ? leaf : root + "-" + leaf;
}

template <class Map>
void complete(const Map& root, Map* leaf) {
  for (const auto& [key, value] : root) leaf->insert({key, value});  // keeps what the leaf has
}

api::HTTPMatchRequest combine(const api::HTTPMatchRequest& root, const api::HTTPMatchRequest& leaf) {
  api::HTTPMatchRequest out = leaf;
  out.set_name(join_names(root.name(), leaf.name()));
  if (!out.has_uri() && root.has_uri()) *out.mutable_uri() = root.uri();
  if (!out.has_scheme() && root.has_scheme()) *out.mutable_scheme() = root.scheme();
  if (!out.has_method() && root.has_method()) *out.mutable_method() = root.method();
  if (!out.has_authority() && root.has_authority()) *out.mutable_authority() = root.authority();
  complete(root.headers(), out.mutable_headers());
  complete(root.without_headers(), out.mutable_without_headers());
  complete(root.query_params(), out.mutable_query_params());
  complete(root.source_labels(), out.mutable_source_labels());
  if (out.port() == 0) out.set_port(root.port());
  if (out.source_namespace().empty()) out.set_source_namespace(root.source_namespace());
  if (out.gateways().empty()) *out.mutable_gateways() = root.gateways();
  if (out.stat_prefix().empty()) out.set_stat_prefix(root.stat_prefix());
  return out;
}

// Every match of the delegate must lie within some match of the root.
bool combine_matches(const api::HTTPRoute& root, api::HTTPRoute* delegate) {
  if (root.match().empty()) return true;
  if (delegate->match().empty()) {
    *delegate->mutable_match() = root.match();
    return true;
  }
  google::protobuf::RepeatedPtrField<api::HTTPMatchRequest> combined;
  for (const auto& leaf : delegate->match()) {
    const int before = combined.size();
    for (const auto& match : root.match()) {
      if (!conflicts(match, leaf)) *combined.Add() = combine(match, leaf);
    }
    if (combined.size() == before) return false;
  }
  delegate->mutable_match()->Swap(&combined);
  return true;
}

}  // namespace

bool merge_into_delegate(const api::HTTPRoute& root, api::HTTPRoute* delegate) {
  if (!combine_matches(root, delegate)) return false;
  delegate->set_name(join_names(root.name(), delegate->name()));
  if (!delegate->has_rewrite() && root.has_rewrite()) *delegate->mutable_rewrite() = root.rewrite();
  if (!delegate->has_direct_response() && root.has_direct_response()) *delegate->mutable_direct_response() = root.direct_response();
  if (!delegate->has_timeout() && root.has_timeout()) *delegate->mutable_timeout() = root.timeout();
  if (!delegate->has_retries() && root.has_retries()) *delegate->mutable_retries() = root.retries();
  if (!delegate->has_fault() && root.has_fault()) *delegate->mutable_fault() = root.fault();
  if (!delegate->has_mirror() && root.has_mirror()) *delegate->mutable_mirror() = root.mirror();
  if (!delegate->has_mirror_percent() && root.has_mirror_percent()) *delegate->mutable_mirror_percent() = root.mirror_percent();
  if (!delegate->has_mirror_percentage() && root.has_mirror_percentage()) *delegate->mutable_mirror_percentage() = root.mirror_percentage();
  if (!delegate->has_cors_policy() && root.has_cors_policy()) *delegate->mutable_cors_policy() = root.cors_policy();
  if (delegate->mirrors().empty()) *delegate->mutable_mirrors() = root.mirrors();
  if (!delegate->has_headers() && root.has_headers()) *delegate->mutable_headers() = root.headers();
  return true;
}

}  // namespace amime::translate
