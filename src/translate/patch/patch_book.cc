#include "translate/patch/patch_book.h"

#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "mesh/envoy_json.h"
#include "networking/v1alpha3/envoy_filter.pb.h"
#include "translate/loadable.h"
#include "translate/patch/patch_match.h"

namespace amime::translate {
namespace {

using istio::networking::v1alpha3::EnvoyFilter;

// Longer patterns match no proxy, as in Istio.
constexpr std::size_t kLongestVersion = 1024;

// Who depends on what a patch changes; none: it is not carried out.
std::optional<Patched> group_of(EnvoyFilter::ApplyTo apply_to) {
  switch (apply_to) {
    case EnvoyFilter::CLUSTER: return Patched::kClusters;
    case EnvoyFilter::LISTENER:
    case EnvoyFilter::LISTENER_FILTER:
    case EnvoyFilter::FILTER_CHAIN:
    case EnvoyFilter::NETWORK_FILTER:
    case EnvoyFilter::HTTP_FILTER: return Patched::kListeners;
    case EnvoyFilter::ROUTE_CONFIGURATION:
    case EnvoyFilter::VIRTUAL_HOST:
    case EnvoyFilter::HTTP_ROUTE: return Patched::kRoutes;
    case EnvoyFilter::EXTENSION_CONFIG: return Patched::kExtensions;
    default: return std::nullopt;
  }
}

// The value as a message of the generated type; null: it cannot be read, *why says so.
std::shared_ptr<const google::protobuf::Message> read_value(const PatchSpec& spec, std::string* why) {
  const std::string_view type = mesh::patched_type(spec.apply_to());
  const auto read = mesh::read_envoy(type, spec.patch().value());
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(type));
  std::shared_ptr<google::protobuf::Message> value(google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (read.error.empty() && value->ParseFromString(read.bytes)) return value;
  *why = read.error.empty() ? "the value cannot be read" : read.error;
  return nullptr;
}

bool has_order(EnvoyFilter::ApplyTo apply_to) {
  return apply_to == EnvoyFilter::HTTP_FILTER || apply_to == EnvoyFilter::NETWORK_FILTER || apply_to == EnvoyFilter::HTTP_ROUTE ||
         apply_to == EnvoyFilter::LISTENER_FILTER;
}

// None: there is no such operation.
std::optional<PatchOperation> operation_of(const PatchSpec& spec) {
  using P = EnvoyFilter::Patch;
  const bool ordered = has_order(spec.apply_to());
  switch (spec.patch().operation()) {
    case P::MERGE: return PatchOperation::kMerge;
    case P::MERGE_AND_REPLACE_LIST: return PatchOperation::kMergeAndReplaceList;
    case P::ADD: return PatchOperation::kAdd;
    case P::REMOVE: return PatchOperation::kRemove;
    case P::REPLACE: return PatchOperation::kReplace;
    case P::INSERT_FIRST: return ordered ? PatchOperation::kInsertFirst : PatchOperation::kAdd;
    case P::INSERT_BEFORE: return ordered ? PatchOperation::kInsertBefore : PatchOperation::kAdd;
    case P::INSERT_AFTER: return ordered ? PatchOperation::kInsertAfter : PatchOperation::kAdd;
    default: return std::nullopt;
  }
}

std::uint64_t digest_of(const Patch& patch) {
  return base::combine(base::combine(base::hash64(mesh::to_string(patch.object->key)), patch.object->digest),
                       static_cast<std::uint64_t>(patch.index));
}

// Reads one patch; null: it is not carried out, *why says so.
PatchPtr read_patch(const mesh::ObjectPtr& object, int index, std::string* why) {
  const PatchSpec& spec = object->spec<EnvoyFilter>().config_patches(index);
  const auto group = group_of(spec.apply_to());
  const auto operation = operation_of(spec);
  if (!group || !operation) {
    *why = group ? "there is no patch.operation" : fmt::format("applyTo {} is not supported", EnvoyFilter::ApplyTo_Name(spec.apply_to()));
    return nullptr;
  }
  if (*group == Patched::kExtensions && *operation != PatchOperation::kAdd) {
    *why = "an EXTENSION_CONFIG can only be added";
    return nullptr;
  }
  auto patch = std::make_shared<Patch>();
  patch->object = object;
  patch->spec = &spec;
  patch->index = index;
  patch->operation = *operation;
  patch->group = *group;
  if (const std::string& version = spec.match().proxy().proxy_version(); !version.empty())
    patch->version = std::make_shared<const re2::RE2>(version.size() > kLongestVersion ? "(" : version, re2::RE2::Quiet);
  if (spec.patch().has_value() && !(patch->value = read_value(spec, why))) return nullptr;
  if (!patch->value && !patch->removes()) *why = "there is no patch.value";
  return patch;
}

}  // namespace

bool Patch::means(const mesh::ProxyFacts& proxy) const {
  const bool router = proxy.type == mesh::ProxyType::kRouter;
  if (router ? !means(PatchContext::kGateway) : !means(PatchContext::kInbound) && !means(PatchContext::kOutbound)) return false;
  if (version && (proxy.istio_version.empty() || !version->ok() || !re2::RE2::PartialMatch(proxy.istio_version, *version))) return false;
  for (const auto& [key, wanted] : spec->match().proxy().metadata()) {
    if (!proxy.metadata) return false;
    const auto found = proxy.metadata->find(key);
    if (found == proxy.metadata->end() || found->second != wanted) return false;
  }
  return true;
}

bool Patch::means(PatchContext context) const {
  switch (spec->match().context()) {
    case EnvoyFilter::ANY: return true;
    case EnvoyFilter::SIDECAR_INBOUND: return context == PatchContext::kInbound;
    case EnvoyFilter::SIDECAR_OUTBOUND: return context == PatchContext::kOutbound;
    case EnvoyFilter::GATEWAY: return context == PatchContext::kGateway;
    default: return false;
  }
}

PatchBook::Read PatchBook::read(const mesh::ObjectPtr& object) {
  Read out{object->digest, {}, {}};
  const auto& spec = object->spec<EnvoyFilter>();
  for (int i = 0; i < spec.config_patches_size(); ++i) {
    std::string why;
    auto patch = read_patch(object, i, &why);
    if (why.empty())
      out.patches.push_back(std::move(patch));
    else
      out.notes.push_back({object->key, "not-honoured", field_of(i), why});
  }
  return out;
}

void PatchBook::update(const mesh::Mesh& mesh) {
  std::map<mesh::ObjectKey, Read> next;
  for (const auto& object : mesh.objects(mesh::Kind::kEnvoyFilter)) {
    const auto found = read_.find(object->key);
    const bool same = found != read_.end() && found->second.digest == object->digest;
    next.emplace(object->key, same ? std::move(found->second) : read(object));
  }
  read_ = std::move(next);
  lacks_.clear();
}

// Each list is the same for thousands of proxies, so values are looked into once a list.
const std::string& PatchBook::lacks(const Patch& patch, const mesh::Extensions& extensions) {
  constexpr std::size_t kMost = 1u << 16;
  if (lacks_.size() >= kMost) lacks_.clear();
  const auto [at, fresh] = lacks_.try_emplace({&patch, extensions.digest()});
  if (fresh && patch.value) at->second = fmt::format("{}", fmt::join(lacking(*patch.value, extensions), ", "));
  return at->second;
}

ProxyPatchesPtr PatchBook::of(const mesh::Mesh& mesh, const mesh::ProxyFacts& proxy) {
  if (read_.empty()) return none_;
  auto out = std::make_shared<ProxyPatches>();
  std::uint64_t digest = 0;
  for (const auto& object : mesh.envoy_filters_for(proxy)) {
    const auto read = read_.find(object->key);
    if (read == read_.end()) continue;  // update() was not told of it
    for (const auto& patch : read->second.patches) {
      if (!patch->means(proxy)) continue;
      if (proxy.extensions) {
        if (const auto& lacked = lacks(*patch, *proxy.extensions); !lacked.empty()) {
          out->left_out.push_back({patch, lacked});
          digest = base::combine(base::combine(digest, digest_of(*patch)), base::hash64(lacked));
          continue;
        }
      }
      const auto group = static_cast<std::size_t>(patch->group);
      out->groups[group].push_back(patch);
      out->digests[group] = base::combine(out->digests[group] + 1, digest_of(*patch));
    }
  }
  for (const auto part : out->digests) digest = base::combine(digest, part);
  if (made_.size() > 1024) std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
  auto& slot = made_[digest];
  if (auto held = slot.lock()) return held;
  slot = out;
  return out;
}

std::vector<Note> PatchBook::notes(const std::set<const Patch*>& taken) const {
  std::set<const Patch*> meant;
  std::vector<Note> out;
  for (const auto& [digest, made] : made_)
    if (const auto held = made.lock()) {
      for (const auto& group : held->groups)
        for (const auto& patch : group) meant.insert(patch.get());
      for (const auto& [patch, lacks] : held->left_out)
        out.push_back({patch->object->key, "not-honoured", field_of(patch->index),
                       fmt::format("left out for proxies whose Envoy was built without {}", lacks)});
    }
  for (const auto& [key, read] : read_) {
    out.insert(out.end(), read.notes.begin(), read.notes.end());
    for (const auto& patch : read.patches)
      if (meant.contains(patch.get()) && !taken.contains(patch.get()))
        out.push_back({key, "no-effect", field_of(patch->index), "nothing of any connected proxy matches it"});
  }
  return out;
}

}  // namespace amime::translate
