// The incremental protocol (DeltaAggregatedResources).
#include <algorithm>

#include "delivery/stream.h"
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

 private:
  void begin(Type type, const Request& request, std::vector<std::string_view>& names, bool star);
  void ask_again(Subscription& subscription, const std::vector<std::string_view>& names);
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
  if (!add.empty() || !remove.empty()) set_names(type, context_.names.edit(s.filter.names, add, remove));
}

// A type's first request on this stream. `names` receives what it implies beside what it says.
void DeltaStream::begin(Type type, const Request& request, std::vector<std::string_view>& names, bool star) {
  Subscription& s = of(type);
  s.active = true;
  if (translate::is_wildcard_type(type)) s.filter.all = star || names.empty();
  // Envoy asks for virtual hosts without names: it means those of all its route tables, then and later.
  if (type == Type::kVirtualHost) s.filter.tables = of(Type::kRoute).filter.names;
  if (!request.initial_versions.empty()) {
    s.claims = std::make_unique<std::vector<std::pair<std::string, std::string>>>(request.initial_versions.begin(), request.initial_versions.end());
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
  const Subscription& s = of(type);
  Message message;
  message.body = step->body(false);
  append_bytes(message.head, 1, version());
  append_bytes(message.head, 4, translate::type_url(type));
  append_bytes(message.head, 5, nonce);
  for (const auto& name : s.gone) append_bytes(message.head, 6, name);
  // A name that does not exist is answered as removed, so that the proxy does not wait for it.
  if (s.asked_all && s.filter.names->size() != 0)
    for (const auto& name : *context_.selections.missing(s.wanted, s.filter)) append_bytes(message.head, 6, name);
  for (const auto& name : s.asked)
    if (!s.wanted->find(name)) append_bytes(message.head, 6, name);
  return message;
}

}  // namespace

std::shared_ptr<Stream> make_delta_stream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer) {
  return std::make_shared<DeltaStream>(context, transport, std::move(peer));
}

}  // namespace amime::delivery
