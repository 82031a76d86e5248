// The incremental protocol (DeltaAggregatedResources).
#include <algorithm>

#include "delivery/stream.h"
#include "delivery/table_watch.h"
#include "delivery/wire.h"

namespace amime::delivery {
namespace {

using translate::Type;

class DeltaStream final : public Stream {
 public:
  DeltaStream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer)
      : Stream(Protocol::kDelta, context, transport, std::move(peer)) {}

 protected:
  absl::StatusOr<Request> decode(std::string_view bytes) const override { return decode_delta_request(bytes); }
  void subscribe(Type type, const Request& request, Answer answer) override;
  std::optional<Message> compose(Type type, const StepPtr& step, const std::string& nonce) override;
  void review_claims(Type type, std::vector<std::pair<std::string, std::string>>& claims) override;

 private:
  void watch_tables(const Request& request, const std::vector<std::string_view>& add, const std::vector<std::string_view>& remove);
  std::vector<std::string> absent(Type type, const StepPtr& step);
  void begin(Type type, const Request& request, std::vector<std::string_view>& names, bool star);
  void ask_again(Subscription& subscription, const std::vector<std::string_view>& names);
  TableWatch tables_;
};

bool take_star(std::vector<std::string_view>& names) { return std::erase(names, "*") != 0; }

// Changes of the subscription count whatever the nonce says: it only settles messages.
void DeltaStream::subscribe(Type type, const Request& request, Answer) {
  Subscription& s = of(type);
  std::vector<std::string_view> add = request.subscribe, remove = request.unsubscribe;
  const bool star = take_star(add), no_star = take_star(remove);
  if (!s.active) {
    begin(type, request, add, star);
  } else if (star && translate::is_wildcard_type(type) && !s.filter.all) {
    s.filter.all = s.owed = true;
    s.source = nullptr;
  } else if (!add.empty()) {
    ask_again(s, add);
  }
  if (no_star && s.filter.all) {
    s.filter.all = false;
    s.source = nullptr;
    s.sent = context_.selections.select(s.sent, s.filter);
  }
  if (type == Type::kRoute) watch_tables(request, add, remove);
  auto names = context_.names.edit(s.filter.names, add, remove);
  if (remove.empty())
    add_names(type, std::move(names), add);
  else
    set_names(type, std::move(names));
  if (Subscription& hosts = of(Type::kVirtualHost); type == Type::kRoute && hosts.filter.tables && hosts.filter.tables != s.filter.names) {
    hosts.filter.tables = s.filter.names;
    hosts.source = nullptr;
  }
}

void DeltaStream::watch_tables(const Request& request, const std::vector<std::string_view>& add,
                               const std::vector<std::string_view>& remove) {
  Subscription& hosts = of(Type::kVirtualHost);
  if (!add.empty()) tables_.asked(add, hosts, context_.selections);
  if (of(Type::kRoute).claims) tables_.claimed(request.initial_versions);  // only of a first request
  if (!remove.empty()) tables_.dropped(remove, hosts, context_.selections);
}

void DeltaStream::review_claims(Type type, std::vector<std::pair<std::string, std::string>>& claims) {
  if (type == Type::kVirtualHost) tables_.review(claims);
}

// A type's first request on this stream. `names` receives what it implies beside what it says.
void DeltaStream::begin(Type type, const Request& request, std::vector<std::string_view>& names, bool star) {
  Subscription& s = of(type);
  s.active = true;
  if (translate::is_wildcard_type(type)) s.filter.all = star || names.empty();
  // Envoy asks for virtual hosts without names: it means those of all its route tables, then and later.
  if (type == Type::kVirtualHost) s.filter.tables = of(Type::kRoute).filter.names;
  if (!request.initial_versions.empty()) {
    s.claims = std::make_unique<std::vector<std::pair<std::string, std::string>>>(request.initial_versions.begin(),
                                                                                  request.initial_versions.end());
    if (!s.filter.all && !s.filter.tables)
      for (const auto& [name, version] : request.initial_versions) names.push_back(name);
  }
  s.owed = s.filter.all || s.filter.tables || !names.empty();
  s.asked_all = !names.empty();
}

// Names asked for on their own are answered although unchanged, also again: the proxy may have dropped them.
void DeltaStream::ask_again(Subscription& s, const std::vector<std::string_view>& names) {
  constexpr std::size_t kFew = 64;
  s.owed = true;
  if (names.size() > kFew) s.asked_all = true;
  std::vector<std::string> copies(names.begin(), names.end());
  s.sent = context_.selections.without(s.sent, copies);
  if (!s.asked_all) std::move(copies.begin(), copies.end(), std::back_inserter(s.asked));
}

// DeltaDiscoveryResponse: 1 system_version_info, 2 resources, 4 type_url, 5 nonce, 6 removed_resources.
std::optional<Message> DeltaStream::compose(Type type, const StepPtr& step, const std::string& nonce) {
  Message message;
  message.body = step->body(false);
  append_bytes(message.head, 1, version());
  append_bytes(message.head, 4, translate::type_url(type));
  append_bytes(message.head, 5, nonce);
  for (const auto& name : absent(type, step)) append_bytes(message.head, 6, name);
  // Tables go out now: those that are new must be named by a message of virtual hosts, be it empty otherwise.
  if (type == Type::kRoute && of(Type::kVirtualHost).active && tables_.waiting(*step->to())) of(Type::kVirtualHost).owed = true;
  return message;
}

// What this message lists as removed beside what the step removes: names that the proxy asked for, or believes in, and
// that do not exist, so that it does not wait for them. No name twice, or Envoy refuses the message.
std::vector<std::string> DeltaStream::absent(Type type, const StepPtr& step) {
  const Subscription& s = of(type);
  std::vector<std::string> names = s.gone;
  if (type == Type::kExtension) return {};  // a filter whose configuration does not exist waits for it, as with istiod
  if (s.asked_all && !s.filter.names->empty()) {
    const auto missing = context_.selections.missing(s.wanted, s.filter);
    names.insert(names.end(), missing->begin(), missing->end());
  }
  names.insert(names.end(), s.asked.begin(), s.asked.end());
  if (!names.empty()) {
    const auto& removed = step->from()->size() == 0 ? std::vector<std::string>() : step->difference().removed;
    std::erase_if(
        names, [&](const std::string& name) { return s.wanted->find(name) || std::binary_search(removed.begin(), removed.end(), name); });
  }
  if (type == Type::kVirtualHost)
    for (auto& name : tables_.release(*of(Type::kRoute).sent, s.wanted, context_.selections)) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

std::shared_ptr<Stream> make_delta_stream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer) {
  return std::make_shared<DeltaStream>(context, transport, std::move(peer));
}

}  // namespace amime::delivery
