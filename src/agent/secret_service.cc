#include "agent/secret_service.h"

#include <string>

#include "agent/types.h"
#include "base/log.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace amime::agent {
namespace {

namespace xds = envoy::service::discovery::v3;
constexpr std::string_view kServiceLog = "sds";

void pack(const Secrets::Value& value, google::protobuf::Any* into) {
  into->set_type_url(std::string(kSecretType));
  into->set_value(std::string(value.encoded.reveal()));
}

}  // namespace

// What both kinds of streams have in common.
class SecretService::Stream : public Session {
 public:
  Stream(SecretService& service, Link& link) : service_(service), link_(link) { service_.streams_.insert(this); }
  ~Stream() override { service_.streams_.erase(this); }
  void changed(std::string_view name) {
    if (names_.contains(name)) push(name);
  }

 protected:
  virtual void push(std::string_view name) = 0;
  void refused(const std::string& why) { base::log_warn(kServiceLog, "Envoy refused a secret: {}", why); }
  absl::StatusOr<Secrets::Value> find(std::string_view name) {
    auto value = service_.secrets_.get(name);
    if (!value.ok()) base::log_info(kServiceLog, "secret {}: {}", name, std::string(value.status().message()));
    return value;
  }
  std::string next_nonce() { return std::to_string(++count_); }

  SecretService& service_;
  Link& link_;
  std::set<std::string, std::less<>> names_;
  unsigned count_ = 0;
};

class SecretService::Sotw final : public Stream {
 public:
  using Stream::Stream;
  void on_message(std::string_view message) override {
    xds::DiscoveryRequest request;
    if (!request.ParseFromArray(message.data(), static_cast<int>(message.size())))
      return link_.close(absl::InvalidArgumentError("no DiscoveryRequest"));
    if (request.has_error_detail()) refused(request.error_detail().message());
    const std::set<std::string, std::less<>> names(request.resource_names().begin(), request.resource_names().end());
    if (names == names_ && !request.response_nonce().empty()) return;  // an answer, and nothing new
    names_ = names;
    push({});
  }

 private:
  // All of them each time: so is this protocol.
  void push(std::string_view) override {
    xds::DiscoveryResponse response;
    std::string version;
    for (const auto& name : names_)
      if (const auto value = find(name); value.ok()) pack(*value, response.add_resources()), version += value->version;
    if (response.resources().empty()) return;  // Envoy waits
    response.set_version_info(version);
    response.set_type_url(std::string(kSecretType));
    response.set_nonce(next_nonce());
    link_.send(response.SerializeAsString());
  }
};

class SecretService::Delta final : public Stream {
 public:
  using Stream::Stream;
  void on_message(std::string_view message) override {
    xds::DeltaDiscoveryRequest request;
    if (!request.ParseFromArray(message.data(), static_cast<int>(message.size())))
      return link_.close(absl::InvalidArgumentError("no DeltaDiscoveryRequest"));
    if (request.has_error_detail()) refused(request.error_detail().message());
    for (const auto& name : request.resource_names_unsubscribe()) names_.erase(name);
    for (const auto& name : request.resource_names_subscribe()) {
      names_.insert(name);
      const auto known = request.initial_resource_versions().find(name);
      push(name, known == request.initial_resource_versions().end() ? "" : known->second);
    }
  }

 private:
  void push(std::string_view name) override { push(name, ""); }
  void push(std::string_view name, const std::string& known) {
    const auto value = find(name);
    if (!value.ok() || value->version == known) return;
    xds::DeltaDiscoveryResponse response;
    auto& resource = *response.add_resources();
    resource.set_name(std::string(name));
    resource.set_version(value->version);
    pack(*value, resource.mutable_resource());
    response.set_type_url(std::string(kSecretType));
    response.set_nonce(next_nonce());
    link_.send(response.SerializeAsString());
  }
};

SecretService::SecretService(Secrets& secrets) : secrets_(secrets) {
  secrets_.on_change = [this](std::string_view name) {
    for (Stream* stream : streams_) stream->changed(name);
  };
}

std::unique_ptr<Session> SecretService::open(Link& link, bool delta) {
  if (delta) return std::make_unique<Delta>(*this, link);
  return std::make_unique<Sotw>(*this, link);
}

}  // namespace amime::agent
