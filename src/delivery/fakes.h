// For tests: resources and catalogs made by hand, a source that serves them, and a transport that plays a proxy, message
// by message, without sockets or threads.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "delivery/context.h"
#include "delivery/stream.h"

namespace amime::delivery::testing {

// A cluster is one that asks for endpoints under its own name. `refs`: the clusters that it names; `claims`: see Resource.
translate::ResourcePtr resource(translate::Type type, const std::string& name, const std::string& content,
                                std::vector<std::string> refs = {}, std::vector<std::uint64_t> claims = {});

// Serves one catalog to every proxy, or one by the proxy's id.
class FakeSource final : public CatalogSource {
 public:
  void put(translate::Type type, const std::string& name, const std::string& content, std::vector<std::string> refs = {},
           std::vector<std::uint64_t> claims = {});
  void remove(translate::Type type, const std::string& name);
  void update(const std::vector<mesh::Change>& changes, SteadyTime now) override;
  ScopeId attach(const mesh::ProxyFacts& proxy, translate::RouteDelivery delivery) override;
  void detach(ScopeId scope) override;
  translate::CatalogPtr catalog(ScopeId) const override { return catalog_; }
  std::vector<ScopeId> take_changed() override { return std::exchange(changed_, {}); }
  std::shared_ptr<const mesh::Mesh> mesh() const override { return nullptr; }
  std::vector<translate::Note> notes() const override { return {}; }
  std::size_t scopes() const { return scopes_.size(); }
  std::vector<translate::RouteDelivery> deliveries;

 private:
  std::array<std::map<std::string, translate::ResourcePtr>, translate::kTypes> resources_;
  translate::Interner interner_;
  translate::CatalogPtr catalog_;
  std::set<ScopeId> scopes_;
  ScopeId next_ = 1;
  std::vector<ScopeId> changed_;
};

// A control plane without threads: the hub runs when told to.
struct Plane {
  explicit Plane(unsigned fanout_threads = 0);
  ~Plane();
  // Makes what was put() into the source the truth, and hands it out.
  void publish();
  FakeSource* source;  // the hub's
  base::MetricsRegistry metrics;
  Stats stats{metrics};
  Selections selections;
  NameSets names;
  Registry registry;
  DebugPages pages;
  Alarms alarms;
  ExtensionLists extensions;
  Hub hub;
  Context context;
};

struct Response {
  std::string version, type_url, nonce;
  std::map<std::string, std::string> resources;  // name -> content
  std::vector<std::string> removed;
  std::size_t bytes = 0;
  bool operator==(const Response&) const = default;
};

Response read_delta(const Message& message);
Response read_sotw(const Message& message);

class FakePeer final : public Peer {
 public:
  explicit FakePeer(bool trusted) : trusted_(trusted) {}
  std::string address() const override { return "127.0.0.1:1234"; }
  bool may_have_secrets(std::string* why_not) const override;

 private:
  bool trusted_;
};

struct Ask {
  std::vector<std::string> subscribe, unsubscribe;
  std::map<std::string, std::string> initial;
  std::string nonce, error, version;
};
// `node`: encoded; empty: none.
std::string delta_request(translate::Type type, const Ask& ask, const std::string& node);
std::string sotw_request(translate::Type type, const Ask& ask, const std::string& node);

// One proxy. Its transport is slow when told so: then a write stays in flight until finish_write().
class FakeProxy final : public Transport {
 public:
  FakeProxy(Plane& plane, Protocol protocol, std::string id = "sidecar~10.0.0.1~pod.default~default.svc.cluster.local",
            bool trusted = true);
  ~FakeProxy() override;
  void write(Message message) override;
  void finish(const absl::Status& status) override { ended = status; }

  using Ask = testing::Ask;
  void ask(translate::Type type, const Ask& ask = {});
  void send(const std::string& bytes) { stream->on_request(bytes); }
  void ack(const Response& response, std::vector<std::string> names = {});
  void nack(const Response& response, const std::string& error, std::vector<std::string> names = {});
  void finish_write();
  // The oldest message that was not looked at yet.
  std::optional<Response> take();
  Response expect(translate::Type type);  // fails the test unless that is the next message
  bool quiet() const { return received.empty(); }
  // The encoded node, as this proxy's first request carries it.
  static std::string node(const std::string& id, const std::map<std::string, std::string>& metadata = {},
                          const std::string& agent = "envoy");

  bool slow = false;
  std::vector<Response> received;
  std::size_t bytes = 0;
  std::optional<absl::Status> ended;
  std::shared_ptr<Stream> stream;

 private:
  const Protocol protocol_;
  std::string node_;
  bool in_write_ = false, write_pending_ = false;
};

}  // namespace amime::delivery::testing
