// The state-of-the-world protocol (StreamAggregatedResources).
#include <algorithm>

#include "delivery/stream.h"
#include "delivery/wire.h"

namespace amime::delivery {
namespace {

using translate::Type;

class SotwStream final : public Stream {
 public:
  SotwStream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer)
      : Stream(Protocol::kSotw, context, transport, std::move(peer)) {}

 protected:
  absl::StatusOr<std::optional<Message>> answer_other(const Request& request) const override {
    return answer_debug(request, context_.registry, context_.pages, viewer_of(peer()), "debug");
  }
  absl::StatusOr<Request> decode(std::string_view bytes) const override { return decode_sotw_request(bytes); }
  void subscribe(Type type, const Request& request, Answer answer) override;
  std::optional<Message> compose(Type type, const StepPtr& step, const std::string& nonce) override;
};

// A request carries all names, so one that answers an older message is ignored: a newer one follows with the answer to
// the newest.
void SotwStream::subscribe(Type type, const Request& request, Answer answer) {
  Subscription& s = of(type);
  if (s.active && answer == Answer::kStale) return;
  if (s.active && !request.nonce.empty() && request.nonce != nonce(s.last_number)) return;
  std::vector<std::string_view> names = request.subscribe;
  const bool star = std::erase(names, "*") != 0;
  const bool first = !s.active;
  // Without a nonce, and no message on its way that it might have crossed: the proxy starts over, so it has nothing.
  if (first || (request.nonce.empty() && s.last_number != 0 && s.unanswered.empty())) {
    s.active = true;
    s.sent = context_.selections.empty();
    s.owed = !names.empty() || translate::is_wildcard_type(type);
  }
  if (translate::is_wildcard_type(type)) {
    // No names: all, unless there were names before.
    const bool all = star || (names.empty() && (first || s.filter.all));
    if (all != s.filter.all) {
      s.filter.all = all;
      s.source = nullptr;
    }
  }
  if (auto set = context_.names.make(names); set != s.filter.names) set_names(type, std::move(set));
}

// DiscoveryResponse: 1 version_info, 2 resources, 4 type_url, 5 nonce. Clusters and listeners always whole: what is not
// in the message is removed by the proxy. Of the others only what changed.
std::optional<Message> SotwStream::compose(Type type, const StepPtr& step, const std::string& nonce) {
  Message message;
  message.body = translate::is_wildcard_type(type) ? step->whole_sotw() : step->body(true);
  if (!message.body && !translate::is_wildcard_type(type) && !of(type).owed) return std::nullopt;  // removals are not told
  append_bytes(message.head, 1, version());
  append_bytes(message.head, 4, translate::type_url(type));
  append_bytes(message.head, 5, nonce);
  return message;
}

}  // namespace

std::shared_ptr<Stream> make_sotw_stream(Context& context, Transport* transport, std::shared_ptr<const Peer> peer) {
  return std::make_shared<SotwStream>(context, transport, std::move(peer));
}

}  // namespace amime::delivery
